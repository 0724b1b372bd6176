"""Compare two voices in a notebook: a cell for each part; in pandas, `DataFrame(comparison.rows)` is the table."""

# %%
from __future__ import annotations

from pathlib import Path

from voxbridge import compare


comparison = compare(["Good morning!", "It costs £3.20."], ["espeak/en-us", "espeak/en-gb"], repeat=5)
comparison  # noqa: B018  # a notebook shows the medians

# %%
fastest = min(comparison.rows, key=lambda row: row["first_audio"])
print(f"{fastest['backend']}/{fastest['voice']} began after {fastest['first_audio'] * 1000:.1f} ms")
Path("fastest.wav").write_bytes(comparison.audio(fastest))  # IPython.display.Audio(comparison.audio(fastest)) plays it

# %%
paces = {target: facts["words_per_minute"]["median"] for target, facts in comparison.summary.items()}
print("words a minute:", ", ".join(f"{target} {pace:.0f}" for target, pace in paces.items()))
