"""Many systems in two processes: the same answers, whatever becomes of the second one."""

from __future__ import annotations

import subprocess
import sys

import pytest
from test_columns import region

from footprint import processes
from footprint.allocation import partition, regions
from footprint.errors import ModelError


@pytest.fixture
def many(monkeypatch):
    """Six small regions that count as many large ones."""
    monkeypatch.setattr(regions, "MANY", 2)
    monkeypatch.setattr(partition, "BY_COLUMNS", 1)
    monkeypatch.setattr(regions.os, "cpu_count", lambda: 2)
    # without staff, so that HiGHS solves them: nothing to compile
    return [region(seed, pcns=8, places=3, low=40, high=200) for seed in range(6)]


def owners(found):
    return [answer.owner.tolist() for answer in found]


def test_two_processes_give_the_answers_of_one(many):
    """Each region's answer, in the order in which the regions came."""
    found = regions.solve(many)
    alone = [partition.solve(one) for one in many]
    assert owners(found) == owners(alone)
    assert [one.objective for one in found] == [one.objective for one in alone]


def test_the_second_process_takes_part(many, monkeypatch):
    """What is not solved here has been solved there."""
    here, solve = [], partition.solve
    monkeypatch.setattr(partition, "solve", lambda one: here.append(one) or solve(one))
    taken = []
    work = regions.Splitter.work

    def first(second, asked, left, found):
        # this process finds an empty list: all was handed over
        mine = type(left)(left)
        left.clear()
        work(second, asked, mine, found)
        taken.extend(found)

    monkeypatch.setattr(regions.Splitter, "work", first)
    monkeypatch.setattr(regions, "Thread", _AtOnce)
    found = regions.solve(many)
    assert sorted(taken) == list(range(6))
    assert here == []
    assert owners(found) == owners([solve(one) for one in many])


def test_a_lost_process_loses_no_answer(many, monkeypatch):
    """Where the other process ends before it answers, all is solved here."""
    popen = subprocess.Popen

    def ends(command, **options):
        return popen([sys.executable, "-c", "pass"], **options)

    monkeypatch.setattr(processes.subprocess, "Popen", ends)
    assert owners(regions.solve(many)) == owners([partition.solve(one) for one in many])


def test_a_fault_there_is_raised_here(many, monkeypatch):
    """An answer that is not what it claims to be stops the run, wherever it is found."""
    popen = subprocess.Popen
    code = """
import pickle, sys
from footprint.errors import ModelError
pickle.load(sys.stdin.buffer)
pickle.dump(ModelError("podiatry: a group breaks a rule"), sys.stdout.buffer)
"""

    def faulty(command, **options):
        return popen([sys.executable, "-c", code], **options)

    monkeypatch.setattr(processes.subprocess, "Popen", faulty)
    monkeypatch.setattr(regions, "Thread", _AtOnce)
    with pytest.raises(ModelError, match="podiatry: a group breaks a rule"):
        regions.solve(many)


def test_a_fault_here_does_not_wait_for_the_other_process(many, monkeypatch):
    """What the other has in hand is not wanted any more: it is ended, not waited for."""
    popen = subprocess.Popen
    started = []

    def busy(command, **options):
        started.append(popen([sys.executable, "-c", "import time; time.sleep(600)"], **options))
        return started[-1]

    def faulty(region):
        raise ModelError("podiatry: a group breaks a rule")

    monkeypatch.setattr(processes.subprocess, "Popen", busy)
    monkeypatch.setattr(partition, "solve", faulty)
    with pytest.raises(ModelError, match="a group breaks a rule"):
        regions.solve(many)
    assert started[0].returncode is not None


class _AtOnce:
    """A thread that does its work before it goes on."""

    def __init__(self, target, args):
        self.target, self.args = target, args

    def start(self):
        self.target(*self.args)

    def join(self):
        pass
