"""The bulletin of the county's last finished month: composed, signed, issued, and answered by one unit it names."""

from datetime import datetime, time

from permissions import clock
from reports.bulletin import suggested
from reports.models import Bulletin
from workflows.demo import fates, texts
from workflows.door import perform
from workflows.jobs import issue_key


class LastBulletin:
    """Plans its acts beside the story's own; fixed hours, so that the story's dice fall as before."""

    def __init__(self, story, periods, month):
        self.story, self.periods, self.month = story, periods, month

    def plan(self, due):
        """Two working days after the report: ``due`` is the day on which the filings were due."""
        people = self.story.people
        day = fates.workday(due, 6)
        signed, answered = fates.workday(day, 1), fates.workday(day, 2)
        for on, hour, act in (
            (day, 9, self._compose),
            (day, 10, self._choose),
            (day, 11, lambda: self._do("submit_bulletin", people["clerk"])),
            (day, 15, lambda: self._do("review_bulletin", people["officehead"])),
            (signed, 9, lambda: self._do("sign_bulletin", people["leader"])),
            (signed, 10, self._issue),
            (answered, 9, self._answer),
        ):
            self.story.at(datetime.combine(on, time(hour, 20)), "months", act)

    @property
    def bulletin(self):
        return Bulletin.objects.get(period=self.periods[self.month])

    def _do(self, act, actor, **data):
        perform(self.bulletin.pk, act, actor=actor, **data)

    def _compose(self):
        perform(self.periods[self.month].pk, "compose_bulletin", actor=self.story.people["clerk"])

    def _choose(self):
        """One good and one bad case of those that suggest themselves, with the office's words."""
        found = suggested(self.bulletin.period, clock.today(), limit=1)
        clerk = self.story.people["clerk"]
        self._do("edit_bulletin", clerk, chosen=found)
        words = {name: dict.fromkeys(pks, texts.CASE_WORDS[name]) for name, pks in found.items()}
        self._do("edit_bulletin", clerk, texts=words)

    def _issue(self):
        self.story.work(issue_key(self.bulletin))

    def _answer(self):
        """The first unit that owes an answer gives one; the others have signed for it or not yet."""
        named = self.bulletin.mentions.select_related("unit")
        owing = [mention for mention in named if mention.asks_for_answer]
        for mention in owing[:1]:
            actor = self.story.head(mention.unit.name)
            perform(mention.pk, "answer_mention", actor=actor, answer=texts.BULLETIN_ANSWER)
        for mention in owing[1:3]:
            perform(mention.pk, "receive_mention", actor=self.story.handler(mention.unit.name))
