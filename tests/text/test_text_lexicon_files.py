"""Lexicons in files: the same words from TOML, CSV and PLS, and every mistake with its place."""

from __future__ import annotations

import re
import tracemalloc

import pytest

from voxbridge import InvalidConfig, Lexicon, UsageError
from voxbridge.text import lexicons
from voxbridge.text.lexicons import LexiconEntry, Saying
from voxbridge.text.lexicons._entry import KEYS


IPA = "duːˈpɪljuːmæb"
TOML = f"""\
# our brands
[[word]]
text = "dupilumab"
ipa = "{IPA}"
aliases = ["Dupixent", "DUP"]
backends.deepdub.say = "doo pil you mab"

[[word]]
text = "SQL"
say = "sequel"
language = "en"
case = true
"""
CSV = f"""\
text,ipa,say,language,case,aliases,deepdub.say
dupilumab,{IPA},,,,Dupixent|DUP,doo pil you mab
SQL,,sequel,en,true,,
"""
PLS = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="en">
  <meta name="author" content="us"/>
  <metadata><any><thing/></any></metadata>
  <lexeme>
    <grapheme>dupilumab</grapheme>
    <grapheme>Dupixent</grapheme>
    <phoneme>duː</phoneme>
    <phoneme prefer="true">{IPA}</phoneme>
    <alias>no</alias>
    <example>Take dupilumab.</example>
  </lexeme>
  <lexeme>
    <grapheme>W3C</grapheme>
    <alias>World Wide
      Web Consortium</alias>
  </lexeme>
  <lexeme>
    <grapheme>tomato</grapheme>
    <phoneme alphabet="x-sampa">t@"meIt@U</phoneme>
  </lexeme>
</lexicon>
"""
DUPILUMAB = LexiconEntry(
    text="dupilumab",
    saying=Saying(ipa=IPA),
    aliases=("Dupixent", "DUP"),
    backends=(("deepdub", Saying(say="doo pil you mab")),),
)
SQL = LexiconEntry(text="SQL", saying=Saying(say="sequel"), language="en", case=True)


@pytest.fixture
def file(tmp_path):
    """Write a file, and return its path."""

    def write(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


@pytest.fixture
def mistakes(file):
    """Return what is wrong with a file, each with its line."""

    def read(name: str, content: str | bytes) -> list[str]:
        path = file(name, content)
        with pytest.raises(InvalidConfig) as caught:
            Lexicon.load(path)
        lines = (line.strip() for line in str(caught.value).splitlines())
        return [line.removeprefix(f"{path}:") for line in lines if line.startswith(path)]

    return read


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("brands.toml", TOML),
        ("BRANDS.TOML", TOML.replace("\n", "\r\n")),
        ("brands.toml", "\ufeff" + TOML),
        ("brands.csv", CSV),
        ("brands.csv", "\ufeff" + CSV.replace("\n", "\r\n")),
        ("brands.csv", CSV.replace(",", ";")),
        ("brands.csv", CSV.replace(",", "\t")),
    ],
)
def test_the_same_words_come_from_any_file(file, name, content):
    assert Lexicon.load(file(name, content)).entries == (DUPILUMAB, SQL)


def test_words_come_from_pls(file):
    lexicon = Lexicon.load(file("brands.pls", PLS))
    assert [(entry.texts, entry.saying, entry.language) for entry in lexicon.entries] == [
        (("dupilumab", "Dupixent"), Saying(ipa=IPA), "en"),
        (("W3C",), Saying(say="World Wide Web Consortium"), "en"),
        (("tomato",), Saying(ipa="təˈmeɪtəʊ"), "en"),
    ]
    assert [entry.place.rpartition(":")[2] for entry in lexicon.entries] == ["5", "13", "18"]


def test_other_alphabets_become_ipa():
    lexicon = Lexicon.of({"text": "a", "xsampa": 'du:"pIlju:m{b'}, {"text": "b", "arpabet": "S IY1 K W AH0 L"})
    assert [entry.saying.ipa for entry in lexicon.entries] == [IPA, "ˈsikwəl"]


def test_a_lexicon_is_made_of_tables_too():
    words = ({"text": "SQL", "say": "sequel", "language": "en", "case": True},)
    assert Lexicon.of(*words) == Lexicon([SQL]) == Lexicon.of(*words)
    assert hash(Lexicon.of(*words)) == hash(Lexicon([SQL]))


@pytest.mark.parametrize("content", ["", "# nothing\n", "word = []\n"])
def test_a_lexicon_may_be_empty(file, content):
    assert Lexicon.load(file("brands.toml", content)) == Lexicon()


@pytest.mark.parametrize("head", ["word = [\n", "word = [{ text = 'x', say = 'y' },\n"])
def test_tables_may_be_inline(mistakes, head):
    said = mistakes("brands.toml", head + "  { text = 'a', say = 'b' },\n  { text = 'c' },\n]\n")
    assert said == ["3: 'c' does not say how it is said: give one of ipa, xsampa, arpabet, say"]


def test_every_mistake_of_toml_is_told_with_its_line(mistakes):
    text = f"""\
[[word]]
txt = "dupilumab"
ipa = "{IPA}"

[[word]]
text = "SQL"
say = "sequel"
ipa = "ɛs"

  [[ word ]]
text = "ß"
ipa = "du2"
language = "english!"
case = "yes"
aliases = "x"

[[word]]
text = 5
say = ["x"]
[[word]]
text = "a"
say = "b"
[word.backends.deepdub]
speak = "b"
[[word]]
text = ""
backends = 3
aliases = ["", "ok"]
say = "..."
[words]
"""
    assert [re.sub(r"(\(U\+\d+\)): .*", r"\1", mistake) for mistake in mistakes("brands.toml", text)] == [
        "1: a word has no text",
        f"2: unknown key 'txt': give {', '.join(KEYS)}. Did you mean 'text'?",
        "7: 'SQL' has ipa and say: give one of ipa, xsampa, arpabet, say",
        "12: ipa: character 2 of the IPA 'du2': '2' (U+0032)",
        "13: language 'english!': give a BCP 47 tag, such as 'de' or 'en-GB'",
        "14: case is 'yes': give true, if only the same capital letters are meant, or false",
        "15: aliases is 'x': give a list of other spellings",
        "18: text is 5: give it in quotes",
        "19: say is ['x']: give it in quotes",
        "23: backends.deepdub does not say how it is said: give one of ipa, xsampa, arpabet, say",
        "24: unknown key 'speak' of backends.deepdub: give ipa, xsampa, arpabet, say.",
        "26: text: there is nothing in it",
        "27: backends.NAME is 3: give a backend's name, and how it says the word",
        "28: aliases: there is nothing in it",
        "29: say: there is nothing to say in '...'",
        "30: unknown key 'words': a lexicon has [[word]] tables only. Did you mean 'word'?",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[word]]\ntext = "a\nsay = "b"\n', "2: this is no TOML: Illegal character '\\n' (at line 2, column 10)"),
        ("[[word]]\ntext =", "2: this is no TOML: Invalid value (at end of document)"),
        ('[word]\ntext = "a"\nsay = "b"\n', "1: write [[word]], in two brackets, before each entry"),
        (b'[[word]]\ntext = "caf\xe9"\n', "2: byte 0xe9 is not UTF-8: save the file as UTF-8"),
        ('[[word]]\ntext = "' + "a" * 201 + '"\nsay = "b"', "2: text has 201 characters, at most 200 are taken"),
        ('[[word]]\ntext = "a"\nsay = "' + "a" * 1001 + '"', "3: say has 1001 characters, at most 1000 are taken"),
        ('[[word]]\ntext = "a\\u0000"\nsay = "b"', "2: text: character 1 of the text is NUL (U+0000), which no vendor"),
    ],
)
def test_what_is_no_lexicon_is_refused_with_its_line(mistakes, text, said):
    (mistake,) = mistakes("brands.toml", text)
    assert mistake.startswith(said)


def test_of_many_mistakes_the_first_are_told(mistakes, file):
    text = "[[word]]\ntext = 'a'\n" * 50
    assert len(mistakes("brands.toml", text)) == 20
    with pytest.raises(InvalidConfig, match="and 30 more"):
        Lexicon.load(file("brands.toml", text))


def test_every_mistake_of_csv_is_told_with_its_line(mistakes):
    assert mistakes("brands.csv", 'text,say,cse\n"two\nlines",b,c\nSQL,,\nx,y,z,1\n') == [
        "1: unknown column 'cse': give text, ipa, xsampa, arpabet, say, language, case, aliases. Did you mean 'case'?",
        "4: 'SQL' does not say how it is said: give one of ipa, xsampa, arpabet, say",
        "5: there are 4 cells, and 3 columns",
    ]
    assert mistakes("brands.csv", "text,say,say,case\na,b,c,maybe\n") == [
        "1: two columns are called 'say'",
        "2: case is 'maybe': give true, if only the same capital letters are meant, or false",
    ]
    assert [mistake[:30] for mistake in mistakes("brands.csv", "word,say\na,b\n")] == [
        "1: there is no column 'text': ",
        "1: unknown column 'word': give",
    ]
    (mistake,) = mistakes("brands.csv", 'text,say\n"a"b,c\n')
    assert mistake.startswith("2: this is no CSV: ")


def test_every_mistake_of_pls_is_told_with_its_line(mistakes):
    text = """\
<lexicon alphabet="ipa" xml:lang="en">
  <lexeme>
    <graphem>a</graphem>
    <phoneme alphabet="x-samp">a</phoneme>
  </lexeme>
  <lexeme><grapheme>b</grapheme></lexeme>
  <lexeme>
    <phoneme>a</phoneme>
  </lexeme>
  <lexem/>
</lexicon>
"""
    assert mistakes("brands.pls", text) == [
        "3: <graphem> within <lexeme> is unknown. Did you mean 'grapheme' or 'phoneme'?",
        "4: unknown alphabet 'x-samp': give ipa, x-sampa, x-arpabet, x-cmu. Did you mean 'x-sampa'?",
        "6: 'b' does not say how it is said: give one of ipa, xsampa, arpabet, say",
        "7: a word has no text",
        "10: <lexem> within <lexicon> is unknown. Did you mean 'lexeme'?",
    ]


BOMB = '<!DOCTYPE x [<!ENTITY a "{}">{}]><lexicon><lexeme>&z;</lexeme></lexicon>'.format(
    "a" * 100, "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 50}">' for n in range(25))
)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (BOMB, "1: a DOCTYPE and its entities are never read: take it out"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><lexicon/>', "1: a DOCTYPE and its entities are never read"),
        ("<lexicon>\n<lexeme></lexicon>", "2: this is no XML: mismatched tag"),
        ("<lexicon>\n<lexeme>", "2: this is no XML: no element found"),
        ("<lexicon>&x;</lexicon>", "1: this is no XML: undefined entity"),
        ("<speak/>", "1: <speak> at the beginning is unknown."),
        ("", "1: this is no XML: no element found"),
        ("<lexicon>" + "<metadata>" * 100_000, "1: more than 50 elements stand within each other"),
        ("<lexicon>" * 100_000, "1: <lexicon> within <lexicon> is unknown."),
    ],
)
def test_hostile_pls_is_refused_in_little_memory(mistakes, document, said):
    tracemalloc.start()
    try:
        assert mistakes("brands.pls", document)[0].startswith(said)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_file_that_is_not_there_or_of_another_kind_is_refused(tmp_path, file):
    with pytest.raises(InvalidConfig, match=r"cannot read the lexicon .*none.toml: No such file"):
        Lexicon.load(tmp_path / "none.toml")
    with pytest.raises(InvalidConfig, match=r"brands.yaml: a lexicon is a .toml, .csv or .pls file"):
        Lexicon.load(file("brands.yaml", TOML))


def test_the_same_word_twice_is_told_with_both_places(mistakes):
    text = TOML + '[[word]]\ntext = "DUPIXENT"\nsay = "x"\n[[word]]\ntext = "sql"\nsay = "x"\nlanguage = "en"\n'
    (mistake,) = mistakes("brands.toml", text)
    assert mistake.startswith("13: 'dupixent' is also at ")
    assert mistake.endswith("brands.toml:2: keep one")


@pytest.mark.parametrize(
    ("one", "other"), [("New York", "new  york"), ("O'Brien", "O’BRIEN"), ("Hermès", "HERME\u0300S"), ("ß", "SS")]
)
def test_words_that_a_reader_sees_no_difference_in_are_the_same(one, other):
    with pytest.raises(InvalidConfig, match=r"word:2: .* is also at word:1: keep one"):
        Lexicon.of({"text": one, "say": "x"}, {"text": other, "say": "y"})
    languages = Lexicon.of({"text": one, "say": "x"}, {"text": other, "say": "y", "language": "de"})
    cases = Lexicon.of({"text": one, "say": "x"}, {"text": other, "say": "y", "case": True})
    assert len(languages.entries) == len(cases.entries) == 2


def test_the_same_word_in_two_files_of_one_rank_is_told_with_both_places(file):
    first, second = file("a.toml", TOML), file("b.csv", "text,say\nx,y\nDUPIXENT,z\n")
    with pytest.raises(InvalidConfig) as caught:
        lexicons([first, Lexicon.load(second)])
    assert str(caught.value) == f"{second}:3: 'dupixent' is also at {first}:2: keep one"


@pytest.mark.parametrize("wrong", [5, b"brands.toml", {"text": "a"}, ["brands.toml", 3]])
def test_what_is_no_lexicon_is_refused(wrong):
    with pytest.raises(UsageError, match=r"give a Lexicon, a path, or a list of these|cannot read the lexicon"):
        lexicons(wrong)


def test_lexicons_are_given_as_one_or_as_a_list(file):
    path = file("brands.toml", TOML)
    lexicon = Lexicon.load(path)
    assert lexicons(None) == lexicons([]) == ()
    assert lexicons(path) == lexicons(lexicon) == lexicons([path]) == lexicons((lexicon,)) == (lexicon,)
