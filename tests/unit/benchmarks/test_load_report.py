"""The page of cost against load."""

from pathlib import Path
from typing import Any

from benchmarks.load_report import WAITS, write


def a_load(clients: int, per_second: float, cpu: dict[str, float]) -> dict[str, Any]:
    waits = {name: 100 * clients + place for place, name in enumerate(WAITS)}
    return {"clients": clients, "messages_per_second": per_second, "cpu_ms": cpu, **waits}


def test_cost_is_drawn_against_load(tmp_path: Path) -> None:
    # Given two loads, of which the first tells of no status function
    loads = [
        a_load(1, 7.5, {"functions": 34.0, "postgres": 9.5}),
        a_load(16, 21.0, {"functions": 85.0, "postgres": 8.0, "status": 0.5}),
    ]
    # When
    path = write(tmp_path / "bench" / "report.html", loads)
    # Then each process has its line, and so has each wait
    html = path.read_text()
    assert "functions 34 at 7.5, 85 at 21; postgres 9.5 at 7.5, 8 at 21; status 0 at 7.5" in html
    assert "submit p50 100 at 7.5, 1600 at 21" in html
    assert "answer p99 105 at 7.5, 1605 at 21" in html
    assert "<td>CPU of status, ms</td><td>0</td><td>0.5</td>" in html


def test_dollars_of_a_thousand_messages_fall_to_what_each_costs(tmp_path: Path) -> None:
    html = write(tmp_path / "report.html", [a_load(1, 7.5, {"functions": 34.0})]).read_text()
    assert "US dollars a thousand messages against messages a second" in html
    rows = {
        row[0]: row[1:]
        for line in html.split("<tr>")
        if (row := [cell.split("</td>")[0] for cell in line.split("<td>")[1:]])
    }
    rows = {rate: row for rate, row in rows.items() if rate[0].isdigit()}
    assert {"1", "100", "10,000"} <= rows.keys()
    assert rows["1"] == ["0.093", "1.344", "0.036", "1.473"]
    together = [float(row[3]) for row in rows.values()]
    assert together == sorted(together, reverse=True)
