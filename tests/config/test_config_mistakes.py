"""Every kind of mistake is refused at load: with file, line and the nearest right spelling, all at once."""

from __future__ import annotations

from textwrap import dedent

import pytest

from voxbridge import Config, InvalidConfig


# The config, the line of the mistake, and what is said of it.
CASES = {
    "unknown key": ('formt = "wav"', 1, ["unknown key 'formt'", "Did you mean 'format'?"]),
    "unknown table": ("\n[route.live]", 2, ["unknown key 'route'", "Did you mean 'routes'?"]),
    "wrong kind": ("default = 5", 1, ["default is 5: give words in quotes"]),
    "empty words": ('language = " "', 1, ["language is ' '"]),
    "no table": ("timeouts = 5", 1, ["timeouts is 5: give a table"]),
    "default": ('default = "liv"\n[routes.live]\nmembers = ["espeak"]', 1, ["default is 'liv'", "Did you mean 'live'"]),
    "default without voice": ('default = "espeak/"', 1, ["default is 'espeak/'"]),
    "format": ('format = "wave"', 1, ["format 'wave' is called 'wav' here"]),
    "format's rate": ('format = "opus/16000"', 1, ["format: opus at 16000 Hz is not possible"]),
    "backend": ("\n[backends.deepgrm]", 2, ["no backend is called 'deepgrm'", "Did you mean 'deepgram'", "plugin = "]),
    "backend's name": (
        '[backends.Deepgram-2]\nplugin = "deepgram"', 1, ["'Deepgram-2' is no name: give small letters, digits and _"],
    ),
    "plugin": ('[backends.b]\nplugin = "deepgrm"', 2, ["no backend is called 'deepgrm'", "Did you mean 'deepgram'"]),
    "plugin's kind": ("[backends.b]\nplugin = 5", 2, ["backends.b: plugin is 5"]),
    "constructor's keyword": (
        '[backends.deepgram]\nvoice = "v"\nregon = "eu"', 3, ["backends.deepgram: unknown key 'regon'", "'region'"],
    ),
    "name of a table": ('[backends.deepgram]\nname = "other"', 2, ["unknown key 'name'"]),
    "constructor's value": (
        '[backends.deepgram]\nvoice = "v"\nregion = "mars"', 3, ["there is no region 'mars'; regions: us eu au in"],
    ),
    "two that contradict": (
        '[backends.deepgram]\nregion = "eu"\nbase_url = "https://api.deepgram.com"', 2, ["base_url is in region 'us'"],
    ),
    "reference to nothing": ('[backends.deepgram]\napi_key = "env:"', 2, ["api_key is 'env:': write env:NAME"]),
    "address that is not set": (
        '[backends.deepgram]\nbase_url = "env:NOWHERE"', 2, ["base_url", "env:NOWHERE, which is not set"],
    ),
    "price": ('[backends.deepgram]\nprice = { per = "1k characters", amount = 1 }', 2, ["a price lacks currency"]),
    "price's key": (
        '[backends.deepgram]\nprice = { per = "minute", amount = 1, curency = "USD" }', 2,
        ["a price has no 'curency'", "Did you mean 'currency'?"],
    ),
    "region of all": (
        'region = "eu"\n[backends.deepgram]\nregion = "us"', 3, ["region 'eu' binds every", "in region 'us'"],
    ),
    "voice for nobody": ("[voices.narrator]", 1, ["voices.narrator: nobody is cast"]),
    "voice at an unknown backend": (
        '[voices.narrator]\nespeak = "en"\ndeepdb = "x"', 3, ["no backend is called 'deepdb'", "'deepdub'"],
    ),
    "voice with the name of a backend": (
        '[voices.espeak]\nespeak = "en"', 1, ["a backend is called 'espeak': give another name"],
    ),
    "voice with a slash": ("[voices.'a/b']\nespeak = 'en'", 1, ["leave the slash out"]),
    "cast without id": ("[voices.n]\ndeepdub = { language = 'de' }", 2, ["id is missing"]),
    "cast's key": ("[voices.n]\ndeepdub = { id = 'x', modl = 'm' }", 2, ["unknown key 'modl'", "'model'"]),
    "cast's kind": ("[voices.n]\ndeepdub = 5", 2, ["deepdub is 5: give a voice's id, or a table with id, language"]),
    "cast's option": (
        "[voices.n.deepdub]\nid = 'x'\n[voices.n.deepdub.options]\ntemprature = 1", 4,
        ["deepdub has no option 'temprature'", "Did you mean 'temperature'?"],
    ),
    "model where there is none": ("[voices.n]\ndeepgram = { id = 'x', model = 'm' }", 2, ["no option 'model'"]),
    "route without members": ("[routes.live]", 1, ["there are no members: give backends"]),
    "empty route": ("[routes.live]\nmembers = []", 2, ["there are no members"]),
    "members' kind": ('[routes.live]\nmembers = "espeak"', 2, ["members is 'espeak': give a list"]),
    "member": ('[routes.live]\nmembers = [\n  "espeak",\n  "deepgrm",\n]', 4, ["no backend is called 'deepgrm'"]),
    "member's kind": ("[routes.live]\nmembers = [5]", 2, ["number 1 is 5: give a backend's name, or a table"]),
    "member's key": (
        "[routes.live]\nmembers = [{ backend = 'espeak', wieght = 5 }]", 2,
        ["routes.live.members[1]: unknown key 'wieght'", "Did you mean 'weight'?"],
    ),
    "member's value": ("[routes.live]\nmembers = [{ backend = 'espeak', weight = -5 }]", 2, ["weight is -5"]),
    "member without backend": ("[routes.live]\nmembers = [{ weight = 5 }]", 2, ["backend is missing"]),
    "member twice": (
        "[routes.live]\nmembers = ['espeak',\n 'espeak']", 3, ["'espeak' is in the route twice", "`retries`"],
    ),
    "route's voice": (
        "[voices.narrator]\nespeak = 'en'\n[routes.live]\nvoice = 'narator'\nmembers = ['espeak']", 4,
        ["no [voices.X] is called 'narator'; there are: narrator", "Did you mean 'narrator'?"],
    ),
    "uncast voice": (
        "[voices.narrator]\nespeak = 'en'\n[routes.live]\nvoice = 'narrator'\nmembers = [\n 'espeak',\n 'deepdub']", 7,
        ["the voice 'narrator' is not cast for 'deepdub': add it to [voices.narrator]"],
    ),
    "uncast voice of a member": (
        "[voices.narrator]\nespeak = 'en'\n[routes.live]\nmembers = [{ backend = 'deepdub', voice = 'narrator' }]", 4,
        ["the voice 'narrator' is not cast for 'deepdub'"],
    ),
    "uncast voice of a second account": (
        "[backends.two]\nplugin = 'deepdub'\n[voices.n]\ndeepdub = 'x'\n[routes.r]\nvoice = 'n'\nmembers = ['two']", 7,
        ["the voice 'n' is not cast for 'two'"],
    ),
    "route with the name of a backend": ("[routes.espeak]\nmembers = ['espeak']", 1, ["a backend is called 'espeak'"]),
    "order": (
        "[routes.live]\nmembers = ['espeak']\norder = 'cheepest'", 3, ["order is 'cheepest'", "you mean 'cheapest'?"],
    ),
    "route's seconds": (
        "[routes.live]\nmembers = ['espeak']\nfirst_audio_timeout = 0", 3, ["first_audio_timeout is 0: give seconds"],
    ),
    "route's stall": ("[routes.live]\nmembers = ['espeak']\nstall_timeout = '5'", 3, ["stall_timeout is '5'"]),
    "route's retries": ("[routes.live]\nmembers = ['espeak']\nretries = 1.5", 3, ["retries is 1.5: give a whole"]),
    "route's retries as true": ("[routes.live]\nmembers = ['espeak']\nretries = true", 3, ["retries is True"]),
    "route's format": ("[routes.live]\nmembers = ['espeak']\nformat = 'pcm'", 3, ["'linear16'"]),
    "member of another region": (
        "[backends.deepgram]\nregion = 'us'\n[routes.live]\nregion = 'eu'\nmembers = ['espeak', 'deepgram']", 5,
        ["region 'eu' binds every connection, and deepgram is in region 'us'"],
    ),
    "member of unknown region": (
        "[backends.deepgram]\nbase_url = 'https://tts.example.com'\n[routes.r]\nregion = 'eu'\nmembers = ['deepgram']",
        5, ["deepgram does not say in which region it is"],
    ),
    "region that nobody has": ("[routes.r]\nregion = 'mars'\nmembers = ['deepgram']", 3, ["no region 'mars'"]),
    "route beyond the region of all": (
        "region = 'us'\n[routes.r]\nregion = 'eu'\nmembers = ['espeak']", 3, ["region is 'eu', and all of the config"],
    ),
    "timeout": ("[timeouts]\nfirst_audo = 5", 2, ["timeouts: unknown key 'first_audo'", "Did you mean 'first_audio'?"]),
    "timeout's seconds": ("[timeouts]\nstall = -5", 2, ["stall: timeout stall is -5: give seconds above 0"]),
    "lexicon's key": ("[lexicon]\nfile = ['x.toml']", 2, ["lexicon: unknown key 'file'", "Did you mean 'files'?"]),
    "lexicon's files": ("[lexicon]\nfiles = 'x.toml'", 2, ["files is 'x.toml': give a list"]),
    "lexicon that is not there": ("[lexicon]\nfiles = [\n 'x.toml']", 3, ["cannot read the lexicon", "x.toml"]),
    "profile": ("[profiles]\noffline = 5", 2, ["offline is 5: give a table"]),
    "profile's key": ("[profiles.offline]\ndefalt = 'espeak'", 2, ["profiles.offline: unknown key 'defalt'"]),
    "profile in a profile": ("[profiles.a.profiles.b]", 1, ["a profile has no profiles of its own"]),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_mistake_is_told_with_file_and_line(write, case):
    text, line, words = CASES[case]
    path = write(text)
    with pytest.raises(InvalidConfig) as refused:
        Config.load(path)
    message = str(refused.value)
    assert message.startswith(f"{path}:{line}: ")
    assert [word for word in words if word not in message] == []
    assert len(message.splitlines()) == 1


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(write):
    path = write("""\
        default = "liv"
        formt = "wav"
        [backends.deepgram]
        regon = "us"
        region = "mars"
        concurrency = 0
        [backends.second]
        plugin = "deepgram"
        region = "us"
        [voices.narrator]
        deepgram = "aura-2-thalia-en"
        [routes.live]
        voice = "narrator"
        region = "eu"
        ordr = "listed"
        first_audio_timeout = 0
        members = ["deepgram", "espeak", { backend = "second", voice = "x", weight = -1 }]
        """)
    with pytest.raises(InvalidConfig) as refused:
        Config.load(path)
    first, *lines = str(refused.value).splitlines()
    assert first == f"{path} has 9 mistakes:"
    told = [line.strip().removeprefix(f"{path}:").split(": ")[0] for line in lines]
    assert told == ["1", "2", "4", "6", "15", "16", "17", "17", "17"]


def test_one_mistake_is_not_told_as_several(write):
    """What refers to a table that is wrong in itself is right."""
    path = write("""\
        default = "live"
        [backends.second]
        plugin = "deepgrm"
        [voices.narrator]
        second = 5
        espeak = "en"
        [routes.live]
        voice = "narrator"
        members = ["second", 5]
        """)
    with pytest.raises(InvalidConfig) as refused:
        Config.load(path)
    lines = str(refused.value).splitlines()[1:]
    assert [line.split(": ")[0].rpartition(":")[2] for line in lines] == ["3", "5", "9"]


def test_a_mapping_has_the_same_mistakes_without_lines():
    with pytest.raises(InvalidConfig) as refused:
        Config.of({"backends": {"deepgram": {"regon": "eu"}}, 5: 6, "routes": {"live": {"members": ["espaek"]}}})
    first, *lines = str(refused.value).splitlines()
    assert first == "config has 3 mistakes:"
    expected = "unknown key 5", "backends.deepgram: unknown key 'regon'", "routes.live.members: no backend"
    assert [
        line for line, start in zip(lines, expected, strict=True) if not line.startswith(f"  config: {start}")
    ] == []


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"a = 1\nb = = 2", 2, "this is no TOML: Invalid value"),
        (b"[a]\n[a]", 2, "this is no TOML: Cannot declare"),
        (b"a = '''", 1, "this is no TOML"),
        (b"a = 1\nb = '\xff'", 2, "byte 0xff is not UTF-8"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(write, content, line, words):
    path = write("")
    path.write_bytes(content)
    with pytest.raises(InvalidConfig) as refused:
        Config.load(path)
    assert str(refused.value).startswith(f"{path}:{line}: ")
    assert words in str(refused.value)


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(InvalidConfig, match=r"cannot read the config nix\.toml: No such file"):
        Config.load("nix.toml")
    with pytest.raises(InvalidConfig, match="cannot read the config"):
        Config.load(tmp_path)


def test_a_byte_order_mark_and_other_line_ends_move_no_line(write):
    path = write("")
    path.write_bytes(dedent("\ufeffformat = 'wav'\r\n\r\nformt = 'wav'\r\n").encode())
    with pytest.raises(InvalidConfig, match="toml:3: unknown key"):
        Config.load(path)
