from pathlib import Path

import pytest

from tests.server.doctor.examining import Patient


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """An installation that is examined."""
    return Patient(tmp_path, monkeypatch)
