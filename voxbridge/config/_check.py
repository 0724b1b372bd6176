"""What may be wrong between the tables of a config: names that nobody has, voices that are not cast, regions, formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import field, frozen

from voxbridge._backend import Backend, TextKind
from voxbridge._models import Voice
from voxbridge._plugins import backend_classes, backend_in
from voxbridge.audio import AudioFormat, codecs_installed, is_native, negotiate
from voxbridge.exceptions import InvalidConfig, UsageError, VoxbridgeError, nearest
from voxbridge.routing import Cast, Route

from ._backends import configured
from ._lines import KeyPath
from ._routes import cast_routes, router
from ._source import Document, Mistake
from ._tables import RouteTable, Table
