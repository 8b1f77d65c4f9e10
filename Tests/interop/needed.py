"""What tests need besides Python packages: tools, and environments of their own."""

import os
import shutil
import typing

import pytest


def is_missing(reason: str) -> typing.NoReturn:
    """Skips the test; fails it where everything has been installed (GREBE_REQUIRE_ALL=1)."""
    if os.environ.get("GREBE_REQUIRE_ALL", "0") != "0":
        pytest.fail(f"{reason}; GREBE_REQUIRE_ALL lets no test be skipped for that")
    pytest.skip(reason)


def need(*tools: str):
    for tool in tools:
        if not shutil.which(tool):
            is_missing(f"no {tool} on PATH (tools/test installs it)")
