"""Many scripts taking turns on one calendar. A script is a generator that says how long it waits next."""

import heapq
import itertools
from datetime import date, datetime, time, timedelta

from cases import deadlines
from permissions import clock


class Clockwork:
    """Runs scripts in the order of their moments, each under the clock of its moment.

    What a script yields: a number of working days to wait, or a date; a date that has come means tomorrow.
    """

    def __init__(self, start: date, end: date, rng):
        self.today, self.end, self.rng = start, end, rng
        self._waiting, self._order = [], itertools.count()

    def start(self, script, wait=1):
        self._put(script, wait)

    def _put(self, script, wait):
        day = wait if isinstance(wait, date) else deadlines.add_workdays(self.today, max(1, wait))
        day = max(day, self.today + timedelta(days=1))
        moment = datetime.combine(day, time(self.rng.randint(8, 17), self.rng.randint(0, 59)))
        moment = moment.replace(tzinfo=clock.COUNTY_ZONE)
        heapq.heappush(self._waiting, (moment, next(self._order), script))

    def run(self):
        """Play until the last day has passed or nobody waits any more. The moments: how many there were."""
        moments = 0
        while self._waiting and self._waiting[0][0].date() <= self.end:
            moment, _order, script = heapq.heappop(self._waiting)
            self.today = moment.date()
            with clock.at(moment):
                wait = next(script, None)
            moments += 1
            if wait is not None:
                self._put(script, wait)
        for _moment, _order, script in self._waiting:
            script.close()
        return moments
