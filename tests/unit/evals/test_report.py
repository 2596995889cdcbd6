from evals.report import Plot, Section, page


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
