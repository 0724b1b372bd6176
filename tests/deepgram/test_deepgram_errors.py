"""Every shape of a refusal that the documents or live services have shown, as errors of ours."""

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
    VoiceNotFound,
)
from voxbridge_deepgram._errors import closed, failed, in_words, refused


ID = "11111111-2222-4333-8444-555555555555"


def legacy(code, words):
    return json.dumps({"err_code": code, "err_msg": words, "request_id": ID}).encode()


NO_MODEL = "Bad Request: No such model/version combination found."
NO_MODEL_NOW = "Bad Request: No such model/language/tier combination found."
NO_CREDIT = "Project does not have enough credits for an ASR request and does not have an overage agreement."
BAD_JSON = "Failed to deserialize JSON payload. Please specify exactly one of `text` or `url` in the JSON body."
# status, vendor's code, its words, our error: section 8 of the wire reference, line by line
DOCUMENTED = [
    (400, "Bad Request", NO_MODEL, VoiceNotFound),
    (400, "Bad Request", NO_MODEL_NOW, VoiceNotFound),
    (400, "INVALID_QUERY_PARAMETER", "Failed to deserialize query parameters: x", RejectedRequest),
    (400, "INVALID_QUERY_PARAMETER", "Unsupported audio format: x", RejectedRequest),
    (400, "UNSUPPORTED_AUDIO_FORMAT", "Unsupported audio format: x.", RejectedRequest),
    (400, "Bad Request", "Input text contains no characters.", RejectedRequest),
    (400, "PAYLOAD_ERROR", BAD_JSON, RejectedRequest),
    (400, "PAYLOAD_ERROR", "Failed to parse URL in JSON body.", RejectedRequest),
    (400, "REMOTE_CONTENT_ERROR", "The remote server hosting the text returned 404.", RejectedRequest),
    (400, "INVALID_QUERY_PARAMETER", "Invalid callback url.", RejectedRequest),
    (400, "speed_out_of_range", "Speed must be between 0.7 and 1.5", RejectedRequest),
    (400, "pronunciation_invalid", "Invalid IPA notation for 'x'", RejectedRequest),
    (401, "INVALID_AUTH", "Invalid credentials.", AuthenticationError),
    (401, "INSUFFICIENT_PERMISSIONS", "User does not have sufficient permissions.", AuthenticationError),
    (402, "ASR_PAYMENT_REQUIRED", NO_CREDIT, OutOfCredits),
    (403, "INSUFFICIENT_PERMISSIONS", "Project does not have access to the requested model.", AuthenticationError),
    (403, "FORBIDDEN", "Insufficient permissions.", AuthenticationError),
    (404, "PROJECT_NOT_FOUND", "Project not found.", VoiceNotFound),
    (408, "Request Timeout", "", SynthesisTimeout),
    (411, "Length Required", "", RejectedRequest),
    (413, "PAYLOAD_TOO_LARGE", "Payload size exceeds limit of 2 MB.", TextTooLong),
    (413, "Payload Too Large", "Input text exceeds maximum character limit of 2000.", TextTooLong),
    (400, "Bad Request", "Input text exceeds maximum character limit of 2400.", TextTooLong),
    (415, "UNSUPPORTED_MEDIA_TYPE", "`Content-Type` header is not supported.", RejectedRequest),
    (422, "UNPROCESSABLE_ENTITY", "Failed to handle request.", RejectedRequest),
    (429, "Too Many Requests", "Please try again later.", RateLimited),
    (429, "TOO_MANY_REQUESTS", "Too many requests. Please try again later", RateLimited),
    (500, "INTERNAL", "oops", BackendUnavailable),
    (502, "BAD_GATEWAY", "oops", BackendUnavailable),
    (503, "Service Unavailable", "Please try again later", BackendUnavailable),
    (504, "GATEWAY_TIMEOUT", "oops", SynthesisTimeout),
]


@pytest.mark.parametrize(("status", "code", "words", "kind"), DOCUMENTED)
def test_each_documented_refusal_is_its_error(status, code, words, kind):
    error = refused(status, {}, legacy(code, words))
    assert (type(error), error.status_code, error.code, error.request_id) == (kind, status, code, ID)
    assert words in error.detail


SHAPES = [
    (legacy("C", "Some words."), "C", "Some words.", ID),
    (b'{"error_code": "C", "message": "Some words."}', "C", "Some words.", None),
    (b'{"category": "C", "message": "Some", "details": "words.", "request_id": "r"}', "C", "Some: words.", "r"),
    (b'{"category": "C", "message": "Some words.", "details": null}', "C", "Some words.", None),
    (b'{"code": 7, "description": "Some words."}', "7", "Some words.", None),
    (b"UUID parsing failed: invalid length", None, "UUID parsing failed: invalid length", None),
    (b"<html><head><title>502 Bad\n Gateway</title></head></html>", None, "502 Bad Gateway", None),
    (b'"Some words."', None, "Some words.", None),
    (b'["a"]', None, "['a']", None),
    (b'{"why": 1}', None, '{"why": 1}', None),
    (b"\xff\xfe", None, "\ufffd\ufffd", None),
    (b"", None, "", None),
]


@pytest.mark.parametrize(("body", "code", "words", "request_id"), SHAPES)
def test_code_words_and_request_id_are_found_in_every_shape(body, code, words, request_id):
    error = refused(400, {}, body)
    assert (error.code, error.detail, error.request_id) == (code, words, request_id)


def test_headers_say_what_the_body_does_not():
    headers = {"dg-error": "Invalid credentials.", "dg-request-id": "r"}
    error = refused(401, headers, b"")
    assert (error.detail, error.request_id) == ("Invalid credentials.", "r")
    assert refused(401, headers, legacy("C", "Body.")).detail == "Body."
    assert refused(401, headers, legacy("C", "Body.")).request_id == "r"


def test_retry_after_is_read():
    assert refused(429, {"retry-after": "3"}, b"").retry_after == 3.0
    assert refused(429, {}, b"").retry_after is None


def test_words_in_a_success_are_not_audio():
    error = refused(200, {"dg-request-id": "r"}, legacy("C", "Some words."))
    assert (type(error), error.code, error.detail) == (ProtocolError, "C", "Some words.")
    assert "words came where audio should be" in str(error)


def test_a_redirect_that_nobody_asked_for_is_a_protocol_error():
    assert isinstance(refused(307, {"location": "https://elsewhere"}, b""), ProtocolError)


def test_a_message_has_status_code_words_request_id_and_what_to_do():
    error = refused(401, {}, legacy("INVALID_AUTH", "Invalid credentials."))
    error.backend = "deepgram"
    assert str(error) == (
        "deepgram: The key was refused (status 401, code INVALID_AUTH): Invalid credentials. "
        f"[request {ID}]. Check the key, its permissions, and that it belongs to this region."
    )


def test_control_characters_of_a_vendor_are_not_passed_on():
    assert refused(400, {}, legacy("C\x1b[2J", "a\x1b]0;title\x07b")).detail == "ab"


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"err_code": "C", "err_msg": "w"}, ("C", "w")),
        ({"code": "C", "description": "w"}, ("C", "w")),
        ({"warn_code": "C", "warn_msg": "w"}, ("C", "w")),
        ({"variant": "C", "message": "w"}, ("C", "w")),
        ({"warn_code": "C", "warn_msg": "w", "code": "D", "description": "x"}, ("C", "w")),
        ({"err_code": None, "code": "C", "description": ["w"]}, ("C", "")),
        ({}, (None, "")),
    ],
)
def test_warnings_and_errors_are_read_however_they_are_spelt(message, found):
    assert in_words(message) == found


def test_an_error_frame_may_have_its_code_in_its_words():
    error = failed({"type": "Error", "description": "too long (BIG-0001)"})
    assert (type(error), error.code) == (TextTooLong, "BIG-0001")


def test_a_close_says_what_its_code_means():
    assert "the connection's time is over" in str(closed(1011, "NET-0003"))
    assert closed(1011, "see dpgr.am/net0001").code is None
