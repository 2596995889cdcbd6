import re

from evals.report import Curves, Plot, Section, page


def test_a_report_shows_figures_plots_and_failures_and_loads_nothing() -> None:
    section = Section(
        "Routing",
        "How <well> it goes.",
        {"accuracy": 0.9},
        [Plot("Recall", {"faq": 0.5, "order": 1.0})],
        [("Message", "Was"), ("<script>alert(1)</script>", "faq")],
    )

    html = page("Evaluations", [section])

    assert "<th>accuracy</th><td class=number>0.9</td>" in html
    assert 'aria-label="Recall: faq 0.5, order 1"' in html
    assert 'width="180.0"' in html
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "http" not in html


def test_a_plot_without_a_limit_is_as_long_as_its_longest_bar() -> None:
    html = page("E", [Section("S", "", {}, [Plot("Routes", {"faq": 3, "order": 6}, most=None)])])

    assert 'class="bar" x="160" y="0" width="180.0"' in html
    assert 'class="bar" x="160" y="30" width="360.0"' in html


def test_curves_go_through_their_points() -> None:
    # Given
    curves = Curves("Cost", "load", "CPU ms", {"a <b>": [(1, 0), (3, 50)], "b": [(1, 25), (3, 25)]})
    # When
    html = page("E", [Section("S", "", {}, [curves])])
    # Then the highest point is at the top, nothing is at the bottom, and the least load on the left
    assert re.findall(r'points="([^"]*)"', html) == [
        "60.0,270.0 580.0,10.0",
        "60.0,140.0 580.0,140.0",
    ]
    assert "a &lt;b&gt;" in html
    assert (
        'aria-label="Cost: CPU ms against load; a &lt;b&gt; 0 at 1, 50 at 3; b 25 at 1, 25 at 3"'
        in html
    )


def test_curves_by_factors_have_equal_steps_for_them() -> None:
    curves = Curves("C", "x", "y", {"a": [(0.1, 1), (1, 1), (10, 1)]}, is_log=True)
    html = page("E", [Section("S", "", {}, [curves])])
    assert re.findall(r'points="([^"]*)"', html) == ["60.0,10.0 320.0,10.0 580.0,10.0"]


def test_a_single_load_is_drawn_in_the_middle() -> None:
    html = page("E", [Section("S", "", {}, [Curves("C", "x", "y", {"a": [(7, 1.5)]})])])
    assert re.findall(r'points="([^"]*)"', html) == ["320.0,10.0"]
