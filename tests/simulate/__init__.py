"""The pure core under a virtual clock, against vendors that fail at random: see CONTRIBUTING for the command."""
