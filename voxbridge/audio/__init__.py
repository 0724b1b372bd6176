"""Sound as bytes: formats, stages, and conversion from one format to another."""

from __future__ import annotations

from ._codecs import Decoder, Encoder, codecs_installed
from ._conversion import conversion, is_native, joint, negotiate
from ._duration import Meter, seconds, sounding
from ._format import AudioFormat
from ._g711 import Compressor, Expander
from ._resample import Resampler
from ._samples import Mixer
from ._stages import Aligner, Pipeline, Reader, Sound, Stage
from ._wav import WavReader
from ._wav_writer import WavWriter, patch_file, patch_sizes, wav_header


__all__ = [
    "Aligner",
    "AudioFormat",
    "Compressor",
    "Decoder",
    "Encoder",
    "Expander",
    "Meter",
    "Mixer",
    "Pipeline",
    "Reader",
    "Resampler",
    "Sound",
    "Stage",
    "WavReader",
    "WavWriter",
    "codecs_installed",
    "conversion",
    "is_native",
    "joint",
    "negotiate",
    "patch_file",
    "patch_sizes",
    "seconds",
    "sounding",
    "wav_header",
]
