"""Speak what a language model writes for a screen: the words are said, and code and addresses are shown."""

from voxbridge import Client
from voxbridge.text import clean


ANSWER = """\
## Reading a file 📄

Use `open` in a **with** statement, as [the tutorial](https://docs.python.org/3/tutorial/inputoutput.html) says:

```python
with open("notes.txt") as file:
    print(file.read())
```

- It closes the *file* for you
- Errors are *not* hidden 🎉
"""


def write():
    """Yield the pieces of the answer, as a model would."""
    yield from (ANSWER[at : at + 4] for at in range(0, len(ANSWER), 4))


def show(left_out):
    """Put on the screen what has no words."""
    print(f"shown {left_out.kind}: {left_out.text}")


with Client("espeak") as client, client.stream(clean(write(), show)) as stream:
    seconds = sum(len(chunk.data) / 48000 for chunk in stream)
for unit in stream.report.units:
    print("said", unit.text.strip())
print(f"{seconds:.1f} s of speech")
