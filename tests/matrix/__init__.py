"""Every fault, at every moment, on every wire of both vendors, under a virtual clock: see `tests/data/faults.toml`."""
