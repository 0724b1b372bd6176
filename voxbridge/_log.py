"""The lines of the log."""

from __future__ import annotations

from logging import INFO, getLogger

from ._models import AttemptReport, Voice
from .exceptions import VoxbridgeError


__all__ = ["log_attempt", "log_clone", "log_delete"]


def log_attempt(report: AttemptReport, before: AttemptReport | None) -> None:
    """Write one line about an attempt, and one about a change of backend: no text, no key."""
    if before is not None and before.backend != report.backend:
        getLogger("voxbridge").info(
            "failover from=%s to=%s error=%s", before.backend, report.backend, type(before.error).__name__
        )
    logger = getLogger(f"voxbridge.{report.backend}")
    if not logger.isEnabledFor(INFO):
        return
    logger.info(
        "attempt voice=%s host=%s request_id=%s first_audio=%s elapsed=%.3f audio=%.3f units=%d error=%s",
        report.voice,
        report.host,
        report.request_id,
        None if report.first_audio is None else round(report.first_audio, 3),
        report.elapsed,
        report.audio_seconds,
        len(report.units),
        type(report.error).__name__ if isinstance(report.error, VoxbridgeError) else None,
    )


def log_clone(voice: Voice, consent: str) -> None:
    """Write one line about a voice that was cloned; of who consented the fingerprint alone."""
    getLogger(f"voxbridge.{voice.backend}").info("clone voice=%s consent=%s", voice, consent)


def log_delete(voice: Voice) -> None:
    """Write one line about a voice that was deleted."""
    getLogger(f"voxbridge.{voice.backend}").info("delete voice=%s", voice)
