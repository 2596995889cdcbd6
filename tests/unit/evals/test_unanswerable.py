"""Telling what the documents do not answer, measured."""

import pytest

from evals.unanswerable import Told, area_under_curve, measure


def test_area_under_the_curve() -> None:
    assert area_under_curve([0.8, 0.9], [0.1, 0.2]) == 1.0
    assert area_under_curve([0.1, 0.2], [0.8, 0.9]) == 0.0
    assert area_under_curve([0.5], [0.5]) == 0.5
    assert area_under_curve([0.3, 0.9], [0.5]) == 0.5
    assert area_under_curve([0.4, 0.6, 0.9], [0.5, 0.6]) == pytest.approx(0.5833)


def test_a_threshold_has_its_cost() -> None:
    # given confidences of both kinds, and similarities that tell nothing
    answerable = [Told(confidence, 0.5) for confidence in (0.12, 0.5, 0.6, 0.9)]
    unanswerable = [Told(confidence, 0.5) for confidence in (0.05, 0.17)]

    # when they are measured
    report = measure(answerable, unanswerable)

    # then a higher threshold declines more of either
    declined = {one.threshold: (one.unanswerable, one.answerable) for one in report.declined}
    assert declined[0.1] == (0.5, 0.0)
    assert declined[0.15] == (0.5, 0.25)
    assert declined[0.2] == (1.0, 0.25)
    assert (report.n_answerable, report.n_unanswerable) == (4, 2)
    assert report.auc == 0.875
    assert report.auc_of_similarity == 0.5
