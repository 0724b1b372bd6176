"""Every shape of a refusal that the documents or integrators have shown, as errors of ours."""

from __future__ import annotations

import json

import pytest

from voxbridge import (
    AuthenticationError,
    BackendUnavailable,
    OutOfCredits,
    ProtocolError,
    RateLimited,
    RejectedRequest,
    SynthesisTimeout,
    TextTooLong,
    TruncatedSpeech,
    VoiceNotFound,
)
from voxbridge_deepdub._errors import closed, failed, refused


G = "55555555-5555-4555-8555-555555555555"


def plain(words):
    return json.dumps({"success": False, "message": words}).encode()


# status, the vendor's words, our error, code: section 2.8 of the wire reference, line by line, and what is like them
DOCUMENTED = [
    (400, "Invalid request: missing required field 'targetText'", RejectedRequest, None),
    (400, "InvalidInput: sampleRate 12345 is not supported", RejectedRequest, "InvalidInput"),
    (400, "Invalid generation ID", RejectedRequest, None),
    (400, "Voice prompt not found", VoiceNotFound, None),
    (400, "Text is too long", TextTooLong, None),
    (400, "Text exceeds the character limit", TextTooLong, None),
    (401, "Unauthorized: invalid or missing API key", AuthenticationError, "Unauthorized"),
    (401, "Invalid or missing API key", AuthenticationError, None),
    (402, "InsufficientCredits: your account has no remaining credits", OutOfCredits, "InsufficientCredits"),
    (403, "Voice prompt limit reached for your account", AuthenticationError, None),
    (404, "Voice prompt not found", VoiceNotFound, None),
    (404, "Model not found", RejectedRequest, None),
    (404, "Generation not found", RejectedRequest, None),
    (404, "", VoiceNotFound, None),
    (413, "", TextTooLong, None),
    (429, "RateLimit: concurrent request limit exceeded", RateLimited, "RateLimit"),
    (500, "Internal server error", BackendUnavailable, None),
    (504, "Query timed out", SynthesisTimeout, None),
]


@pytest.mark.parametrize(("status", "words", "kind", "code"), DOCUMENTED)
def test_a_refusal_is_the_error_of_its_status_and_its_words(status, words, kind, code):
    error = refused(status, {"x-generation-id": G}, plain(words), "us")
    assert type(error) is kind
    assert (error.status_code, error.code, error.detail, error.request_id) == (status, code, words, G)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"error":"bad audio","detail":"not a WAV"}', "bad audio: not a WAV"),
        (b'{"message":"Not allowed"}', "Not allowed"),
        (b'{"unheard":"of"}', '{"unheard": "of"}'),
        (b"[1]", "[1]"),
        (b"<html><body>Bad <b>gateway</b></body></html>", "Bad gateway"),
        (b"upstream said no", "upstream said no"),
        (b"\xff\xfe", "��"),
        (b"", ""),
    ],
)
def test_the_reason_is_found_in_every_envelope(body, detail):
    assert refused(500, {}, body).detail == detail


@pytest.mark.parametrize("body", [plain("what?"), b"<html>what?</html>", b"what?"])
def test_words_with_a_success_are_no_audio(body):
    error = refused(200, {"x-generation-id": G}, body, "us")
    assert type(error) is ProtocolError
    assert (error.detail, error.status_code, error.request_id) == ("what?", 200, G)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_that_it_is_bound_to_a_region(status):
    assert "a key is bound to one region, and this is 'eu'" in str(refused(status, {}, plain("no"), "eu"))
    assert "a key is bound to one region" in str(refused(status, {}, plain("no")))


def test_a_limit_of_an_account_is_not_blamed_on_the_key():
    assert "region" not in refused(403, {}, plain("Voice prompt limit reached for your account"), "eu").message


def test_a_wait_that_the_vendor_asks_for_is_kept():
    error = refused(429, {"retry-after": "7"}, plain("RateLimit: concurrent request limit exceeded"))
    assert (error.retry_after, error.retryable) == (7.0, True)


TRIAL = "Free tier quota exceeded (used: 10). Please get an API key to continue."


@pytest.mark.parametrize("trial", [failed({"error": TRIAL, "errorType": "RateLimit"}), refused(429, {}, plain(TRIAL))])
def test_the_end_of_the_free_trial_is_not_tried_again(trial):
    assert type(trial) is RateLimited
    assert not trial.retryable
    assert "get a key of your own" in str(trial)
    assert TRIAL in str(trial)


# error frames of both sockets -> error, code, status
FRAMES = [
    ({"error": "Rate limit exceeded", "errorType": "RateLimit"}, RateLimited, "RateLimit"),
    ({"error": "no minutes left", "errorType": "MaxExceeded"}, OutOfCredits, "MaxExceeded"),
    ({"error": "no credits", "errorType": "InsufficientCredits"}, OutOfCredits, "InsufficientCredits"),
    ({"error": "tempo and targetDuration", "errorType": "InvalidInput"}, RejectedRequest, "InvalidInput"),
    ({"error": "Voice prompt not found", "errorType": "InvalidInput"}, VoiceNotFound, "InvalidInput"),
    ({"error": "worker died"}, BackendUnavailable, None),
    ({"error": "worker died", "errorType": "Unheard"}, BackendUnavailable, "Unheard"),
    ({"error": "worker died", "errorType": 7}, BackendUnavailable, None),
    ({"error": "RateLimit: concurrent request limit exceeded"}, RateLimited, "RateLimit"),
    ({"error": "Unauthorized: invalid or missing API key"}, AuthenticationError, "Unauthorized"),
    ({"error": "InsufficientCredits: none"}, OutOfCredits, "InsufficientCredits"),
    ({"error": "voice not found"}, VoiceNotFound, None),
    ({}, BackendUnavailable, None),
]


@pytest.mark.parametrize(("frame", "kind", "code"), FRAMES)
def test_an_error_frame_is_the_error_of_its_type_else_of_its_words(frame, kind, code):
    error = failed({**frame, "generationId": G}, "eu")
    assert type(error) is kind
    assert (error.code, error.request_id) == (code, G)
    assert frame.get("error", "") in error.detail


SESSION = [
    "Invalid message format",
    "model is required in configuration",
    "queue route not found for model: dd-etts-9",
    "please send 'stream-config' action with model before streaming text",
    "voicePrompt exceeds maximum size of 1MB",
    "voicePrompt must be base64-encoded: illegal base64 data",
    "voicePrompt must be mono (1 channel), got 2 channels",
    "voicePrompt must be 48000Hz sample rate, got 44100Hz",
    "voicePrompt is not a WAV file: x",
]


@pytest.mark.parametrize("words", SESSION)
def test_an_error_of_a_session_is_about_what_it_was_told(words):
    error = failed({"action": "error", "message": words, "time": 1753512960})
    assert type(error) is RejectedRequest
    assert (error.detail, error.retryable) == (words, False)


@pytest.mark.parametrize(
    ("code", "reason", "kind", "retryable"),
    [
        (1000, "", TruncatedSpeech, True),
        (1001, "going away", TruncatedSpeech, True),
        (1006, "", BackendUnavailable, True),
        (1011, "", BackendUnavailable, True),
        (1012, "", TruncatedSpeech, True),
        (1008, "policy", RejectedRequest, False),
        (1009, "", TextTooLong, False),
        (4000, "whatever", RejectedRequest, False),
        (4401, "Unauthorized", AuthenticationError, False),
        (1008, "RateLimit: concurrent request limit exceeded", RateLimited, True),
    ],
)
def test_a_close_while_something_is_owed_is_an_error(code, reason, kind, retryable):
    error = closed(code, reason, "us")
    assert type(error) is kind
    assert (error.detail, error.retryable) == (reason, retryable)
