"""Models with their quirks, and locales."""

from __future__ import annotations

import pytest

from voxbridge import UsageError
from voxbridge_deepdub._models import (
    DEFAULT_MODEL,
    LOCALES,
    MODELS,
    ignored,
    is_locale,
    keeps_duration,
    locale,
    unknown,
)


def test_the_default_model_is_pinned_and_known():
    assert DEFAULT_MODEL == "dd-etts-3.2"
    assert DEFAULT_MODEL in MODELS


def test_an_unknown_model_is_a_warning_with_the_nearest():
    warning = unknown("dd-etts-3.22")
    assert warning.code == "model"
    assert "Did you mean 'dd-etts-3.2'" in warning.message


def test_a_private_model_is_a_warning_without_a_guess():
    assert "Did you mean" not in unknown("VoiceSpin 2").message


@pytest.mark.parametrize("model", MODELS)
def test_a_known_model_is_no_warning(model):
    assert unknown(model) is None


@pytest.mark.parametrize(
    ("model", "said", "features"),
    [
        ("dd-etts-3.2", {"tempo", "targetDuration"}, []),
        ("dd-etts-3.2", {"seed"}, ["seed"]),
        ("dd-etts-1.1", {"seed"}, []),
        ("dd-etts-3.0", {"tempo", "targetDuration"}, ["speed"]),
        ("dd-etts-3.4", {"tempo"}, ["speed"]),
        ("dd-etts-3.4", {"targetDuration", "seed"}, ["duration", "seed"]),
        ("dd-etts-3.4", {"temperature"}, []),
    ],
)
def test_what_a_model_is_known_to_ignore_is_told(model, said, features):
    assert ignored(model, said) == features


def test_one_model_is_known_not_to_keep_a_duration():
    assert [model for model in MODELS if not keeps_duration(model)] == ["dd-etts-3.4"]


@pytest.mark.parametrize("tag", LOCALES)
def test_a_listed_locale_is_sent_as_it_is(tag):
    assert locale(tag) == tag
    assert is_locale(tag)


@pytest.mark.parametrize(
    ("language", "sent"),
    [
        ("en", "en-US"), ("EN", "en-US"), ("es", "es-ES"), ("he", "he-IL"), ("pt", "pt-BR"), ("ar", "ar-SA"),
        ("en-us", "en-US"), ("en_GB", "en-GB"), ("ES-419", "es-419"),
        ("zh-CN", "zh-CN"), ("vi-VN", "vi-VN"), ("zh-hant-tw", "zh-Hant-TW"),
    ],
)  # fmt: skip
def test_a_language_is_sent_with_a_region_in_the_case_that_counts(language, sent):
    assert locale(language) == sent


@pytest.mark.parametrize("language", ["", "english", "e", "en-", "en-USA", "en US", "<en>", "en-US-x", "12-US"])
def test_what_is_no_language_is_refused(language):
    with pytest.raises(UsageError, match="give a language and a region, such as 'en-US'"):
        locale(language)


def test_a_language_without_a_usual_region_needs_one():
    with pytest.raises(UsageError, match="'zh' says no region: give one too, such as 'zh-XX'"):
        locale("zh")


@pytest.mark.parametrize("value", ["en", "en-us", "EN-US", "en_US", "", None, 7, "english"])
def test_a_locale_is_written_exactly(value):
    assert not is_locale(value)
