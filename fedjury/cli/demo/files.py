"""A run's files: run.json and accuracy.png."""

import json
from pathlib import Path

from fedjury.cli.demo.plot import draw
from fedjury.cli.demo.results import DemoResult


def save_result(result: DemoResult, directory: Path) -> list[Path]:
    """Write both and say where they are."""
    document, picture = directory / "run.json", directory / "accuracy.png"
    text = json.dumps(result.to_json(), indent=2, ensure_ascii=False)
    document.write_text(text + "\n", encoding="utf-8")
    draw(result, picture)
    return [document, picture]
