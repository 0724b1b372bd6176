"""The lines of the log."""

from __future__ import annotations

from logging import INFO, getLogger

from ._models import AttemptReport, Voice
from .exceptions import VoxbridgeError


__all__ = ["log_attempt", "log_clone", "log_delete"]


def log_attempt(report: AttemptReport, voice: str | None) -> None:
    """Write one line about an attempt, and one about a failover from it: no text, no key.

    Args:
        report: of the attempt.
        voice: who is tried next, as ``"backend/id"``; None: nobody yet, or nobody any more.
    """
    error = type(report.error).__name__ if isinstance(report.error, VoxbridgeError) else None
    logger = getLogger(f"voxbridge.{report.backend}")
    if logger.isEnabledFor(INFO):
        logger.info(
            "attempt voice=%s host=%s request_id=%s first_audio=%s elapsed=%.3f audio=%.3f units=%d error=%s",
            report.voice,
            report.host,
            report.request_id,
            None if report.first_audio is None else round(report.first_audio, 3),
            report.elapsed,
            report.audio_seconds,
            len(report.units),
            error,
        )
    if error and voice not in {None, report.voice}:
        getLogger("voxbridge").info("failover from=%s to=%s error=%s", report.voice, voice, error)


def log_clone(voice: Voice, consent: str) -> None:
    """Write one line about a voice that was cloned; of who consented the fingerprint alone."""
    getLogger(f"voxbridge.{voice.backend}").info("clone voice=%s consent=%s", voice, consent)


def log_delete(voice: Voice) -> None:
    """Write one line about a voice that was deleted."""
    getLogger(f"voxbridge.{voice.backend}").info("delete voice=%s", voice)
