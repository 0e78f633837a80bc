"""The outbox: exact messages and signatures, digests, quiet hours, retry, giving up, and no foreign host."""

import json
import threading
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch

from django.core import mail
from django.test import SimpleTestCase, TestCase, override_settings

from cases.errors import NotReady
from cases.models import Notice
from cases.rules import Quiet
from permissions import clock
from permissions.models import Role
from tests.factories import make_office, make_unit, member
from workflows import outbox
from workflows.models import Channel, ChannelKind, Delivery, DeliveryState

MOMENT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # 09:30 in the county
ROBOT = "https://robots.example/send?access_token=abc"


class FormatTests(SimpleTestCase):
    def test_the_exact_json_of_each_robot(self):
        # The signatures were made with openssl, not with this code.
        table = [
            (ChannelKind.WECOM, "", ROBOT, {"msgtype": "text", "text": {"content": "督办"}}),
            (ChannelKind.DINGTALK, "", ROBOT, {"msgtype": "text", "text": {"content": "督办"}}),
            (ChannelKind.FEISHU, "", ROBOT, {"msg_type": "text", "content": {"text": "督办"}}),
            (
                ChannelKind.DINGTALK,
                "SECabc",
                f"{ROBOT}&timestamp=1795397400000&sign=sLxkiynG8ow3uhmu1burQGU1RXujNqxdC%2BCku9PC9PA%3D",
                {"msgtype": "text", "text": {"content": "督办"}},
            ),
            (
                ChannelKind.FEISHU,
                "SECabc",
                ROBOT,
                {
                    "timestamp": "1795397400",
                    "sign": "WEICQva3tRDitl10sebfnHJV3pbvQIH3063T+FDwypM=",
                    "msg_type": "text",
                    "content": {"text": "督办"},
                },
            ),
        ]
        for kind, secret, url, body in table:
            with self.subTest(kind, secret=secret):
                found = outbox.request_of(kind, ROBOT, secret, "督办", MOMENT)
                self.assertEqual(found, (url, body))

    def test_a_long_text_is_cut_between_characters(self):
        text = outbox.cut("督" * 1000)
        self.assertLessEqual(len(text.encode()), outbox.MOST_TEXT)
        self.assertTrue(text.endswith("督…"))
        self.assertEqual(outbox.cut("短"), "短")

    def test_a_robot_refuses_with_http_200(self):
        table = [
            ({"errcode": 0, "errmsg": "ok"}, ""),
            ({"errcode": 93000, "errmsg": "invalid webhook url"}, "invalid webhook url"),
            ({"code": 0, "msg": "success"}, ""),
            ({"StatusCode": 0, "StatusMessage": "success"}, ""),
            ({"code": 19021, "msg": "sign match fail"}, "sign match fail"),
            ({}, "{}"),
        ]
        for answer, reason in table:
            with self.subTest(answer):
                self.assertEqual(outbox.refusal_of(answer), reason)

    def test_lines_go_together_as_far_as_they_fit(self):
        lines = {str(number): "督" * 200 for number in range(5)}
        found = outbox.chunks(lines)
        self.assertEqual([keys for keys, _text in found], [["0", "1"], ["2", "3"], ["4"]])
        self.assertTrue(all(len(text.encode()) <= outbox.MOST_TEXT for _keys, text in found))


class WhenTests(SimpleTestCase):
    def at(self, text):
        return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=clock.COUNTY_ZONE)

    def test_the_next_digest(self):
        for now, slot in (("23 08:29", "23 08:30"), ("23 08:30", "24 08:30"), ("23 23:00", "24 08:30")):
            with self.subTest(now):
                self.assertEqual(outbox.digest_slot(self.at(now), time(8, 30)), self.at(slot))

    def test_quiet_hours_put_off_until_their_end(self):
        night = Quiet(time(20), time(8))
        for now, then in (("23 19:59", "23 19:59"), ("23 20:00", "24 08:00"), ("24 03:00", "24 08:00")):
            with self.subTest(now):
                self.assertEqual(outbox.after_quiet(self.at(now), night), self.at(then))

    def test_waiting_grows_and_ends(self):
        waits = [outbox.wait_after(number) for number in range(1, outbox.ATTEMPTS)]
        self.assertEqual(waits, sorted(waits))
        self.assertEqual((waits[0], waits[-1]), (timedelta(minutes=2), timedelta(hours=24)))


class OutboxCase(TestCase):
    def setUp(self):
        self.office = make_office()
        self.unit = make_unit(self.office)
        self.handler = member(self.unit, Role.HANDLER)
        self.handler.email = "h@example.org"
        self.handler.save()

    def notice(self, key, at=MOMENT, person=None, **fields):
        return Notice.objects.create(
            office=self.office, person=person or self.handler, key=key, kind="return_for_rework",
            params={"what": f"(一){key}", "reason": "缺材料"}, created_at=at, **fields,
        )  # fmt: skip

    def deliver(self, at=MOMENT):
        with clock.at(at):
            outbox.deliver()


@override_settings(EMAIL_HOST="mail.example", XIAOHAO_EMAIL_AT=time(8, 30))
class MailTests(OutboxCase):
    NEXT = datetime(2026, 11, 24, 8, 31, tzinfo=clock.COUNTY_ZONE)

    def test_one_digest_per_person_and_day_with_what_is_unread(self):
        for key in "abc":
            self.notice(key)
        self.notice("read", read_at=MOMENT)
        self.deliver(MOMENT)
        self.assertEqual(mail.outbox, [])
        for _time in range(3):
            self.deliver(self.NEXT)
        [message] = mail.outbox
        self.assertEqual(message.to, ["h@example.org"])
        self.assertIn("3", message.subject)
        self.assertEqual(
            [f"(一){key}" in message.body for key in ("a", "b", "c", "read")], [True] * 3 + [False]
        )

    def test_what_comes_later_goes_with_the_next_day(self):
        self.notice("a")
        self.deliver(self.NEXT)
        self.notice("b", at=self.NEXT)
        self.deliver(self.NEXT + timedelta(hours=1))
        self.deliver(self.NEXT + timedelta(days=1))
        self.assertEqual(
            [("(一)a" in m.body, "(一)b" in m.body) for m in mail.outbox], [(True, False), (False, True)]
        )

    def test_days_of_downtime_are_made_up_for(self):
        self.notice("a")
        self.deliver(self.NEXT + timedelta(days=2))
        self.assertEqual(len(mail.outbox), 1)

    def test_without_an_address_or_a_host_nothing_goes(self):
        self.handler.email = ""
        self.handler.save()
        self.notice("a")
        self.deliver(self.NEXT)
        self.assertFalse(Delivery.objects.exists())
        with override_settings(EMAIL_HOST=""):
            self.deliver(self.NEXT)
        self.assertEqual(mail.outbox, [])

    def test_a_gateway_that_is_down_is_tried_again_and_then_given_up_visibly(self):
        self.notice("a")
        now = self.NEXT
        with patch(
            "django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=OSError("no route")
        ):
            for _attempt in range(outbox.ATTEMPTS):
                self.deliver(now)
                row = Delivery.objects.get()
                now = max(now, row.not_before)
            self.deliver(now)
        row.refresh_from_db()
        self.assertEqual(
            (row.state, row.attempts, row.error), (DeliveryState.FAILED, outbox.ATTEMPTS, "no route")
        )


@override_settings(XIAOHAO_WEBHOOK_HOSTS=["robots.example"])
class RobotTests(OutboxCase):
    def setUp(self):
        super().setUp()
        self.channel = Channel.objects.create(
            office=self.office, unit=self.unit, kind=ChannelKind.WECOM, name="群", url=ROBOT
        )
        outbox.begin(self.channel, MOMENT - timedelta(hours=1))
        self.sent = []
        self.enterContext(patch("workflows.outbox.post", self.post))
        self.answer = {"errcode": 0}

    def post(self, url, body):
        self.sent.append(body["text"]["content"])
        return self.answer

    def test_each_piece_of_news_once_in_one_message(self):
        for key in "ab":
            self.notice(key)
            self.notice(key, person=member(self.unit, Role.UNIT_HEAD))
        self.notice("old", at=MOMENT - timedelta(hours=2))
        self.notice("other", person=member(make_unit(self.office), Role.HANDLER))
        for _time in range(3):
            self.deliver()
        [text] = self.sent
        self.assertEqual(
            [f"(一){key}" in text for key in ("a", "b", "old", "other")], [True, True, False, False]
        )

    def test_a_refusal_is_kept_and_tried_again(self):
        self.answer = {"errcode": 45009, "errmsg": "api freq out of limit"}
        self.notice("a")
        self.deliver()
        row = Delivery.objects.get(state=DeliveryState.WAITING)
        self.assertEqual((row.attempts, row.error), (1, "api freq out of limit"))
        self.answer = {"errcode": 0}
        self.deliver(MOMENT + timedelta(minutes=1))
        self.deliver(MOMENT + timedelta(minutes=3))
        row.refresh_from_db()
        self.assertEqual((row.state, len(self.sent)), (DeliveryState.SENT, 2))

    def test_quiet_hours_hold_for_robots(self):
        evening = datetime(2026, 11, 23, 21, tzinfo=clock.COUNTY_ZONE)
        self.notice("a", at=evening)
        self.deliver(evening)
        self.assertEqual(self.sent, [])
        self.deliver(evening + timedelta(hours=11, minutes=1))
        self.assertEqual(len(self.sent), 1)

    def test_a_host_that_is_no_longer_allowed_gets_nothing(self):
        self.notice("a")
        with override_settings(XIAOHAO_WEBHOOK_HOSTS=[]):
            self.deliver()
        self.assertEqual(self.sent, [])

    def test_a_stopped_robot_is_silent(self):
        Channel.objects.update(is_active=False)
        self.notice("a")
        self.deliver()
        self.assertEqual(self.sent, [])

    def test_a_message_whose_worker_was_killed_goes_with_the_next_try(self):
        self.notice("a")
        with (
            patch("workflows.outbox.send", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.deliver()
        self.deliver(MOMENT + timedelta(minutes=1))
        self.assertEqual(self.sent, [])
        self.deliver(MOMENT + timedelta(minutes=3))
        self.assertEqual(len(self.sent), 1)


class HostTests(SimpleTestCase):
    def test_without_a_list_no_host_is_allowed(self):
        with override_settings(XIAOHAO_WEBHOOK_HOSTS=[]), self.assertRaises(NotReady):
            outbox.refuse_unlisted("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1")


class Gateway(BaseHTTPRequestHandler):
    seen = []

    def do_POST(self):
        self.seen.append((self.headers["Content-Type"], self.rfile.read(int(self.headers["Content-Length"]))))
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class PostTests(SimpleTestCase):
    """The sending itself, against a server of our own on this machine."""

    def setUp(self):
        self.server = HTTPServer(("127.0.0.1", 0), Gateway)
        Gateway.seen = []
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send"

    def test_json_goes_out_and_json_comes_back(self):
        self.server.answer = (200, {}, b'{"errcode": 0}')
        self.assertEqual(outbox.post(self.url, {"text": "督办"}), {"errcode": 0})
        [(kind, body)] = Gateway.seen
        self.assertEqual((kind, json.loads(body)), ("application/json; charset=utf-8", {"text": "督办"}))

    def test_a_redirection_is_not_followed(self):
        self.server.answer = (302, {"Location": "http://127.0.0.1:9/elsewhere"}, b"")
        with self.assertRaises(OSError):
            outbox.post(self.url, {})
