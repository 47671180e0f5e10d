"""Who looks at a widget: views that speak, views that are expected, views that went without a word."""

from __future__ import annotations

from workbench.ui.viewers import EXPECTED_FOR, HEARD_FOR, Viewers


def test_nobody_looks_at_first():
    assert not Viewers().any(0)


def test_a_view_looks_until_it_says_goodbye():
    viewers = Viewers()
    viewers.hear("a", 0)
    viewers.hear("b", 0)
    viewers.leave("a")
    assert viewers.any(1)
    viewers.leave("b")
    assert not viewers.any(1)


def test_a_silent_view_is_gone_after_a_while():
    viewers = Viewers()
    viewers.hear("a", 0)
    assert viewers.any(HEARD_FOR)
    assert not viewers.any(HEARD_FOR + 1)


def test_a_displayed_view_is_expected_for_a_while():
    viewers = Viewers()
    viewers.displayed(10)
    assert viewers.any(10 + EXPECTED_FOR)
    assert not viewers.any(11 + EXPECTED_FOR)


def test_a_view_that_spoke_is_no_longer_awaited():
    viewers = Viewers()
    viewers.displayed(0)
    assert viewers.is_awaited(1)
    viewers.hear("a", 1)
    assert not viewers.is_awaited(1)
