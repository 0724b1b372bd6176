"""Words that would do something if they were let, and a comparison that is full of them."""

from __future__ import annotations

from voxbridge import Comparison, compare
from voxbridge._compare._plan import Plan, Take, Target
from voxbridge._compare._take import COLUMNS, Done
from voxbridge.testing import ScriptedBackend


HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "]]><![CDATA[",
    "&lt;b&gt;&#0;&amp",
    "javascript:alert(1)",
    "\u202egnp.exe\u2066",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "\x1b]0;title\x07\x1b[2J",
    "</q></bdi></table></template><plaintext>",
)


def comparison_of(words):
    """A comparison with these words wherever a user or a vendor can put some: of four takes the last has failed."""
    (spoken,) = compare("Hello.", ScriptedBackend(), repeat=1).done
    plan = Plan(
        texts=(f"a {words}", f"b {words}"),
        targets=(Target(f"one/{words}", None), Target(f"two/{words}", None)),
        repeat=1,
        format=Plan.of("x", "espeak", repeat=1, format="wav/24000", warm=True, seed=0).format,
        warm=True,
        seed=0,
    )
    lost = {"backend": words, "feature": words, "text": words, "done": words}
    done = []
    for take in plan.takes():
        row = {
            **spoken.row, "backend": "one", "voice": words, "text": plan.texts[take.text], "billed": 3.0,
            "billed_unit": words, "cost": 0.5, "currency": words, "degradations": [lost],
        }  # fmt: skip
        done.append(Done(take, row, spoken.audio))
    failed = {
        **dict.fromkeys(COLUMNS),
        "degradations": [],
        "attempts": 1,
        "characters": 2,
        "take": 1,
        "error": words,
    }
    done[-1] = Done(Take(1, 1, 1), failed, b"")
    done.sort(key=lambda each: (each.take.text, each.take.target))
    return Comparison(plan, done)
