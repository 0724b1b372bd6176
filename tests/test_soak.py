"""A thousand requests, of which some fail and some are left; ``python -m tests.bench.soak`` makes more."""

from __future__ import annotations

import pytest

from tests.bench.soak import CLIENTS, soaked


# What is kept of a request that is not let go of are kilobytes; what few of them cost besides evens out in many.
LEAK = 2000.0  # bytes a request


@pytest.mark.parametrize("client", CLIENTS)
def test_a_thousand_bad_requests_leave_nothing_behind(client: str):
    soak = soaked(client, 500)
    assert soak.left == []
    assert soak.slope()[0] < LEAK
    assert min(soak.ends.values()) > 5, "all that can become of a request has"
    assert soak.ends["failed attempts"] > 0.2 * soak.ends["attempts"]
