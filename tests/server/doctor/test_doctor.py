import json
from pathlib import Path

import pytest

from tests.canary.values import API_KEY, API_SECRET
from tests.server.doctor.around import PROXY_PASSWORD, Arrangement, a_gateway, given, through_a_proxy, with_tls
from tests.server.doctor.examining import Patient
from tests.server.doctor.misconfigured import ILLS, Ill


@pytest.mark.parametrize("ill", ILLS, ids=lambda ill: ill.name)
async def test_what_is_wrong_is_found_by_its_own_check_with_its_cure(
    ill: Ill, patient: Patient, tmp_path: Path
) -> None:
    async with ill.around(tmp_path) as environment:
        found = await patient.examined(environment, patience=ill.patience)
    assert found.problems == [ill.check], found.text
    finding = found.findings[ill.check]
    assert ill.says in finding.says
    assert ill.cure in (finding.cure or "")
    assert not [line for line in found.text.splitlines() if len(line) > 100 and max(map(len, line.split())) < 70]
    for secret in (API_KEY, API_SECRET, PROXY_PASSWORD):
        assert secret not in found.text + found.json


@pytest.mark.parametrize(
    "around", [given(), a_gateway(), with_tls(), through_a_proxy], ids=["sandbox", "gateway", "TLS", "proxy"]
)
async def test_nothing_is_found_where_nothing_is_wrong(around: Arrangement, patient: Patient, tmp_path: Path) -> None:
    async with around(tmp_path) as environment:
        found = await patient.examined(environment)
    assert set(found.statuses.values()) == {"ok"}, found.text
    assert json.loads(found.json)["status"] == "ok"
