"""Markdown as language models write it becomes words to be said; markdown-it-py is the referee of which."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from voxbridge import InvalidText, Utterance
from voxbridge.text import Cleaner, LeftOut, Units, clean


CASES = [
    # emphasis, and signs that are none
    ("**Bold**, *slanted*, __both__ _ways_, ***all***.", "Bold, slanted, both ways, all."),
    ("un*believ*able and **N**ational **A**cademy", "un*believ*able and National Academy"),
    ("conc**ei**ve", "conceive"),
    ("这是**重点：**内容。", "这是重点：内容。"),
    ("**हिन्दी**। **ไทย**", "हिन्दी। ไทย"),
    ("5* hotels* and C_, **over\ntwo** lines", "5* hotels* and C_, over\ntwo lines"),
    ('He said **"no."** (*Really*.) **(So.)**', 'He said "no." (Really.) (So.)'),
    ("~~Gone~~, but ~5 and ~ remain.", "Gone, but ~5 and ~ remain."),
    ("2*3=6, 2 * 3, 2**8, a*b, x_1, snake_case_name.", "2*3=6, 2 * 3, 2**8, a*b, x_1, snake_case_name."),
    ("*Terms apply. **Never closed", "Terms apply. Never closed"),
    (r"\*No\* \_mark\_, \[no\](link), 1\. and C:\dir", "*No* _mark_, [no](link), 1. and C:\\dir"),
    # code
    ("Call `f(*args)` or ``a`b``.", "Call f(*args) or a`b."),
    (r"A `\` and `a_b_` and **bold**.", "A \\ and a_b_ and bold."),
    ("A stray ` ends *here*.\nThen *this*.", "A stray  ends *here*.\nThen this."),
    # links
    ("See [the docs](https://a.b/c_(d) 'x') now.", "See [the docs](https://a.b/c_(d) 'x') now."),
    ('See [the **docs**](https://a.b/c_(d) "x") now.', "See the docs now."),
    ("![A cat](cat.png) and [![badge](b.svg)](https://ci.x)!", "A cat and badge!"),
    ("[sigh] x[1] [a](b c) [a] (b) ![ ](", "[sigh] x[1] [a](b c) [a] (b) ![ ]("),
    ("https://a.b/c_d_e stays, and <https://a.b> too.", "https://a.b/c_d_e stays, and <https://a.b> too."),
    # lines
    ("# Title\n## What *now*? ##x\n#tag ####### x", "Title.\nWhat now? ##x.\n#tag ####### x"),
    ("- one\n* two:\n+ three!\n  - four\n-five +1 6*", "one.\ntwo:\nthree!\nfour.\n-five +1 6*"),
    ("1. one\n2) two;\n10. **three**", "1. one.\n2) two;\n10. three."),
    ("1990 was. 3.14 is.\n12.5\n2.x", "1990 was. 3.14 is.\n12.5\n2.x"),
    ("> quoted\n>> - **deeper**\n\n> # x", "quoted\ndeeper.\n\nx."),
    ("a\n\n---\n* * *\n___\nTitle\n===\n- - x", "a\n\n\n\n\nTitle\n\nx."),
    ("**Overview**\ntext **bold**\n**Note:** text", "Overview.\ntext bold\nNote: text"),
    ("**Steps:**\n**Really?**", "Steps:\nReally?"),
    ("- He said “stop.”\n- (well)\n- 完了。", "He said “stop.”\n(well).\n完了。"),
    ("one\\\ntwo  \nthree", "one\ntwo\nthree"),
    ("| a | b |\n|---|:-:|\n| `c` | d. | e |\n| | f", "a, b.\n\nc, d. e.\nf."),
    ("a | b, and\n|a \\| b|", "a | b, and\na | b."),
    ("Windows\r\n- line\r\n\r\n```\r\nx\r\n```\r\nends\r\n", "Windows\nline.\n\n\nends\n"),
    # blocks of code
    ("Use:\n```py\nprint('**x**')\n\n# no title\n```\nThen.", "Use:\n\nThen."),
    ("~~~\n```\n~~~~\na\n- ```x\n  y\n  ```\nb", "\na\n\nb"),
    ("````\n```\nx\n````\nok", "\nok"),
    ("Never closed:\n```py\nx = 1\n", "Never closed:\n\n"),
    ("``` `x` is code.", "`x` is code."),
    # emoji
    ("Great! 🎉 Let's go 🚀🚀.", "Great! Let's go."),
    ("🎉 Hi👩\u200d🚒there 👍🏽", "Hi there"),
    ("1️⃣ One ☀️ 🇫🇷 ⓐ © ™ → ✓", "1 One ⓐ © ™ →"),
    ("## 🚀 Launch\n- ✅ Done 🎉\n🎉", "Launch.\nDone.\n"),
    # none of it
    ("", ""),
    (
        'Plain words, as they are; 5 > 3 & <b>x</b> {"word"}\tso.',
        'Plain words, as they are; 5 > 3 & <b>x</b> {"word"}\tso.',
    ),
]
DOCUMENT = """\
# Your trip to *Paris* 🗼

Sure! Here's **what you need** 🎉, see [the guide](https://example.com/paris_(france) "Guide"):

1. **Book** a `flight`
   - or a train 🚄
2. Pack

| City | Nights |
|------|:------:|
| **Paris** | 3 |

```python
print("Bon *voyage*")
```

> Enjoy.
"""


def cut(text, cuts):
    """Return what is said of a text that comes in pieces, and what is left out."""
    left_out = []
    cleaner = Cleaner(left_out.append)
    ends = sorted({min(each, len(text)) for each in cuts} | {len(text)})
    said = [cleaner.feed(text[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    return "".join(said) + cleaner.flush(), left_out


def words(text):
    return re.findall(r"\w+", text)


@pytest.mark.parametrize(("text", "said"), CASES)
def test_marks_are_left_out_and_words_are_kept(text, said):
    assert clean(text) == said
    assert "".join(clean(iter(text))) == said


def test_what_has_no_words_is_told():
    left_out = []
    said = clean(DOCUMENT, left_out.append)
    assert said == (
        "Your trip to Paris.\n\nSure! Here's what you need, see the guide:\n\n"
        "1. Book a flight.\nor a train.\n2. Pack.\n\nCity, Nights.\n\nParis, 3.\n\n\n\nEnjoy.\n"
    )
    assert left_out == [
        LeftOut("emoji", "🗼"),
        LeftOut("emoji", "🎉"),
        LeftOut("address", 'https://example.com/paris_(france) "Guide"'),
        LeftOut("emoji", "🚄"),
        LeftOut("code", '```python\nprint("Bon *voyage*")\n```'),
    ]


PARTS = [
    "**",
    "*",
    "_",
    "~~",
    "`",
    "```",
    "~~~",
    "\n",
    "\n\n",
    "- ",
    "1. ",
    "# ",
    "> ",
    "|",
    "|-|\n",
    "---",
    "===",
    " ",
]
PARTS += ["[", "](", "](a b)", '](u "t")', "![", "]", ")", "\\", "\r", "\t", "a", "B c", "7", "é", "字", "न", "ी", "."]
PARTS += [
    "!",
    ", ",
    "🎉",
    "👩\u200d🚒",
    "1️⃣",
    "🇫🇷",
    "\u200d",
    "\ufe0f",
    "(",
    '"',
    "word " * 70,
    "x" * 210,
    "-" * 210,
    "*" * 20,
]
TEXT = st.lists(
    st.sampled_from(PARTS) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3),
    max_size=24,
).map("".join)


@given(TEXT, st.lists(st.integers(0, 400), max_size=8))
@example("[" + "word " * 60 + "](u)", [1, 200, 310])
@example("[a](" + "u" * 2001 + ")", [2, 2004])
@example("`" * 17 + "\n" + "```" + "x" * 300 + "\n", [16, 17, 200, 219])
def test_where_the_text_is_cut_changes_nothing(text, cuts):
    assert cut(text, cuts) == cut(text, range(len(text))) == cut(text, [])


@given(TEXT)
def test_no_letter_and_no_digit_is_lost_or_made_but_what_is_told(text):
    said, left_out = cut(text, [])
    told = "".join(each.text for each in left_out)
    assert Counter(filter(str.isalnum, said + told)) == Counter(filter(str.isalnum, text))


@given(TEXT, TEXT)
def test_a_flush_begins_anew(first, second):
    cleaner = Cleaner()
    assert cleaner.feed(first) + cleaner.flush() == clean(first)
    assert cleaner.feed(second) + cleaner.flush() == clean(second)


# The referee

WORD = st.text("abcxyzäöé", min_size=1, max_size=6)
WORDS = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
SPAN = st.one_of(
    WORDS,
    *(
        WORDS.map(form.format)
        for form in ("**{}**", "*{}*", "_{}_", "~~{}~~", "`{}`", "***{}***", "[{}](https://x.y/a_b)")
    ),
    st.builds("[**{}** {}](u)".format, WORDS, WORD),
    st.builds("**{} *{}***".format, WORDS, WORD),
    st.builds("![{}](i.png)".format, WORDS),
    WORD.map(r"\*{}\_".format),
)
INLINE = st.lists(SPAN, min_size=1, max_size=4).map(" ".join)
ROW = st.lists(INLINE, min_size=2, max_size=2).map(lambda cells: f"| {' | '.join(cells)} |\n")
BLOCK = st.one_of(
    INLINE.map("{}\n".format),
    st.builds("{} {}\n".format, st.sampled_from(["#", "##", "######", ">", "> -"]), INLINE),
    st.lists(INLINE, min_size=1, max_size=3).map(lambda items: "".join(f"- {item}\n  * {item}\n" for item in items)),
    st.lists(INLINE, min_size=1, max_size=3).map(
        lambda items: "".join(f"{n}. {item}\n" for n, item in enumerate(items, 1))
    ),
    st.builds("{}| --- | :-: |\n{}".format, ROW, ROW),
    st.builds("```{}\n{}\n```\n".format, WORD, WORDS),
    st.sampled_from(["---\n", "***\n"]),
)


def read(markdown):
    """Return the words that the referee finds, with the numbers of items."""
    found = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        found += words(token.info) if token.type == "list_item_open" else []
        for each in token.children or ():
            found += words(each.content)
    return found


@given(st.lists(BLOCK, max_size=5).map("\n".join))
@example(DOCUMENT)
def test_a_reader_of_markdown_finds_the_same_words(markdown):
    assert words(clean(markdown)) == read(markdown)


# Streams


def test_nothing_waits_for_the_end_of_its_paragraph():
    cleaner = Cleaner()
    assert cleaner.feed("**Note:** it is") == "Note: it is"
    assert cleaner.feed(" *very") == " very"
    assert cleaner.feed(" good.") == " good."
    assert cleaner.feed(" See [the") == " See "
    assert cleaner.feed(" docs](u). And") == "the docs. And"
    assert cleaner.feed(":\n```py\n") == ":\n\n"


def test_a_bracket_that_is_no_link_is_given_up():
    cleaner = Cleaner()
    said = [cleaner.feed("[") + cleaner.feed("word " * 59), cleaner.feed("so many words ")]
    assert said == ["", "[" + "word " * 59 + "so many words"]


def test_units_of_it_are_spoken_as_they_come():
    cleaner, units = Cleaner(), Units()
    made = [unit.text for token in re.findall(r"\s?\S+|\s", DOCUMENT) for unit in units.feed(cleaner.feed(token))]
    assert made[:4] == [
        "Your trip to Paris.\n",
        "\nSure! ",
        "Here's what you need, see the guide:\n\n",
        "1. Book a flight.\n",
    ]


def test_pieces_may_come_later_and_their_source_is_closed():
    closed = []

    async def tokens():
        try:
            for token in ("**One.**", " Two"):
                yield token
        finally:
            closed.append("async")

    def plain_tokens():
        try:
            yield from ("**One.**", " Two")
        finally:
            closed.append("plain")

    async def listen():
        assert "".join([piece async for piece in clean(tokens())]) == "One. Two"
        pieces = clean(tokens())
        assert await anext(pieces) == "One."
        await pieces.aclose()

    asyncio.run(listen())
    source = plain_tokens()
    pieces = clean(source)
    assert next(pieces) == "One."
    pieces.close()
    assert next(source, None) is None
    assert closed == ["async", "async", "plain"]


@pytest.mark.parametrize("piece", ["a\0", "\ud800", 7, Utterance()])
def test_what_is_no_text_is_refused(piece):
    with pytest.raises(InvalidText):
        list(clean(["ok", piece]))


HOSTILE = [
    "[",
    "](",
    "[](",
    "[a](b",
    "*",
    "* a",
    "`",
    "```\n",
    "~",
    "|",
    "-",
    "> ",
    "1. ",
    "\\",
    "!",
    "![",
    "🎉",
    " ",
    "\n",
    "# ",
    "[a](u)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_time_is_in_proportion_to_the_text_whatever_it_is(text):
    """A quadratic reading takes minutes for this."""
    size = 60_000 // len(text)
    began = time.thread_time()
    clean(text * size)
    "".join(clean(list(text * (size // 2))))
    assert time.thread_time() - began < 3
