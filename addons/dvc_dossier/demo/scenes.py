# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""What happens in the demo: how many dossiers end in which situation, by whom, when."""

from datetime import timedelta

from ..domain import deadline, states, worktime
from .story import Story, working_minutes_before

#: situation: how many
PLAN = {
    "draft": 4,
    "waiting": 16,
    "waiting_risk": 5,
    "waiting_late": 6,
    "payment": 9,
    "received": 24,
    "processing": 46,
    "processing_risk": 10,
    "processing_late": 9,
    "postponed": 4,
    "supplement_desk": 6,
    "supplement": 9,
    "done": 16,
    "done_late": 3,
    "returned": 78,
    "returned_late": 12,
    "returned_supplemented": 10,
    "refused": 11,
    "withdrawn": 7,
    "stopped": 4,
}
SMALL_PLAN = {
    "draft": 1,
    "waiting": 4,
    "waiting_late": 1,
    "payment": 2,
    "received": 5,
    "processing": 8,
    "processing_late": 2,
    "supplement": 2,
    "done": 3,
    "returned": 13,
    "refused": 2,
    "withdrawn": 1,
}
#: procedures by how often they come; the rest of the catalogue fills up
COMMON = (
    ("2.000635", 22), ("1.001193", 16), ("1.004873", 14), ("2.000815", 9), ("1.000894", 6), ("1.000656", 6),
    ("2.000884", 5), ("1.001776", 4), ("1.011607", 3), ("1.001612", 3), ("1.013978", 3), ("1.004859", 3),
    ("2.001035", 3), ("1.001731", 2), ("1.014027", 2), ("1.004884", 2), ("2.000720", 2), ("2.001263", 1),
    ("2.000950", 1), ("1.001266", 1), ("2.002516", 2),
)  # fmt: skip
#: a limit of some days: what can be late, at risk or interrupted in an interesting way
SLOW = ("1.004873", "1.004859", "1.001776", "1.001612", "1.013978", "2.001035", "1.004884", "2.002516", "1.011607")
#: fees due before the limit starts whatever the local resolution says (TT 281/2016/TT-BTC)
PAID_FIRST = ("2.000635",)
INSTRUCTIONS = (
    "Bản chụp bị mờ, không đọc được số và ngày cấp: đề nghị chụp lại rõ, đủ bốn góc.",
    "Tờ khai thiếu chữ ký của người yêu cầu: đề nghị ký và nộp lại.",
    "Thông tin ngày sinh trong tờ khai chưa khớp với Cơ sở dữ liệu quốc gia về dân cư: đề nghị kiểm tra, sửa lại.",
    "Giấy tờ nộp kèm đã hết giá trị sử dụng: đề nghị nộp giấy tờ còn giá trị.",
)
REFUSALS = (
    "Hồ sơ không thuộc thẩm quyền giải quyết của Ủy ban nhân dân phường.\nLuật Hộ tịch năm 2014, Điều 7",
    "Giấy tờ trong hồ sơ đã bị tẩy xóa, sửa chữa.\nNghị định số 23/2015/NĐ-CP, Điều 22",
    "Người yêu cầu không thuộc đối tượng được hưởng chính sách.\nNghị định số 20/2021/NĐ-CP, Điều 5",
)
WITHDRAWALS = ("Tôi nộp nhầm thủ tục.", "Tôi đã được giải quyết ở nơi khác.", "Tôi chưa có nhu cầu nữa.")
STOPS = ("Công dân không thực hiện bổ sung trong thời hạn thông báo.", "Có tranh chấp, chờ bản án của Tòa án.")
APOLOGY = "Chờ kết quả xác minh của cơ quan có liên quan."


class Scene:
    """One dossier to be: its story and what is written beside it."""

    def __init__(self, story, account, parts, extra: dict):
        self.story, self.account, self.parts, self.extra = story, account, parts, extra
        self.code = False
        self.dossier = None

    def values(self) -> dict:
        """Return the dossier's values."""
        account = self.account
        return {
            "partner_id": account.partner_id.id,
            "account_id": account.id,
            "applicant_name": account.name,
            "applicant_citizen_hash": account.citizen_id_hash,
            "applicant_citizen_masked": account.citizen_id_masked,
            "applicant_phone_masked": account.phone_masked,
            "applicant_address": account.address,
            "code": self.code,
            **self.extra,
            **self.story.values,
        }

    def review_of(self, part) -> str:
        """Return the review of a file that was asked to be mended and is still awaited."""
        open_rounds = [asked for asked in self.story.rounds if not asked["answered_at"]]
        return "to_fix" if any(asked["component"] == part for asked in open_rounds) else ""


class Scenes:
    """Tell the stories of one agency.

    :param chance: seeded random numbers
    :param now: the moment everything is told from, naive UTC
    :param staff: officers, leader, integrator and specialists by unit
    :param accounts: the applicants
    """

    def __init__(self, env, company, chance, now, staff: dict, accounts):
        # Accounts hold closed columns that dossiers copy; the installer reads them.
        self.accounts = list(accounts.sudo())
        self.citizens = [account for account in self.accounts if account.user_id]
        self.env, self.company, self.chance, self.now, self.staff = env, company, chance, now, staff
        self.clock = company._dvc_clock()
        self.units = {line: unit for unit in staff["specialists"] for line in unit.procedure_ids}
        self.procedures = {line.code: line for line in self.units}

    def tell(self, plan: dict) -> list[Scene]:
        """Return the scenes of a plan, the same at each call for the same seed and moment."""
        return [self._scene(situation) for situation, count in plan.items() for _number in range(count)]

    # Who and what

    def _procedure(self, situation: str):
        if situation == "payment":
            return self.procedures[PAID_FIRST[0]]
        if situation in ("processing_risk", "postponed", "supplement", "returned_supplemented", "stopped"):
            return self.procedures[self.chance.choice(SLOW)]
        if situation in ("processing", "received") and self.chance.random() < 0.6:
            return self.procedures[self.chance.choice(SLOW)]
        if self.chance.random() < 0.12:
            return self.procedures[self.chance.choice(sorted(self.procedures))]
        codes, weights = zip(*COMMON, strict=True)
        return self.procedures[self.chance.choices(codes, weights)[0]]

    def _scene(self, situation: str) -> Scene:
        procedure = self._procedure(situation)
        unit = self.units[procedure]
        counter = procedure.requires_presence and self.chance.random() < 0.6 or self.chance.random() < 0.2
        account = self.chance.choice(self.citizens if self.citizens and self.chance.random() < 0.2 else self.accounts)
        story = Story(self.env, self.clock, procedure, self.company)
        people = {
            "officer": self.chance.choice(self.staff["officers"]),
            "specialist": self.chance.choice(self.staff["specialists"][unit]),
            "leader": self.staff["leader"],
        }
        people["citizen"] = people["officer"] if counter else account.user_id or self.staff["integrator"]
        getattr(self, f"_tell_{situation.partition('_')[0]}")(story, people, situation)
        modes = procedure._delivery_modes()
        extra = {
            "unit_id": unit.id,
            "channel": "counter" if counter else "online",
            "delivery": modes[0] if self.chance.random() < 0.7 else self.chance.choice(modes),
            "copies": self.chance.choice((1, 1, 1, 2, 3)) if procedure.code in PAID_FIRST else 1,
            "priority": "1" if self.chance.random() < 0.05 else "0",
        }
        asked = [asked["component"] for asked in story.rounds]
        optional = procedure.component_ids.filtered(lambda part: not part.required and not part.instead_of_id)
        parts = [
            part
            for part in procedure.component_ids
            if part.required or part in asked or (part in optional and self.chance.random() < 0.25)
        ]
        return Scene(story, account, parts, extra)

    # When

    def _back(self, minutes: int):
        return working_minutes_before(self.clock, self.now, minutes)

    def _on(self, moment, minutes: int):
        """Return so many working minutes later, never after now."""
        return min(self.clock.add_minutes(moment, minutes)[0], self.now)

    def _working_days_ago(self, days: int):
        """Return a moment in the office hours of a day so many working days ago."""
        day = worktime.local_date(self.now)
        for _step in range(days):
            day = self.clock.previous_working_day(day)
        if not self.clock.is_working_day(day):
            day = self.clock.previous_working_day(day)
        moment = self.clock.add_minutes(self.clock.opening_of(day), self.chance.randrange(5, 420))[0]
        return moment if moment < self.now else self._back(self.chance.randrange(5, 60))

    def _limit_minutes(self, procedure) -> int:
        if procedure.time_limit_unit == "working_hour":
            return procedure.time_limit_value * 60
        days = procedure.time_limit_value * (5 / 7 if procedure.time_limit_unit == "day" else 1)
        return max(int(days * 480), 240)

    # The beginnings

    def _received(self, story, people, received, late_share: float = 0.06) -> None:
        """Submit and receive so that the reception falls on a moment."""
        late = self.chance.random() < late_share
        waited = self.chance.randrange(75, 260) if late else self.chance.randrange(4, 56)
        story.submit(working_minutes_before(self.clock, received, waited), people["citizen"])
        if story.procedure.code in PAID_FIRST:
            desk = working_minutes_before(self.clock, received, min(waited - 1, self.chance.randrange(1, 20)))
            story.receive(desk, people["officer"], fee_first=True)
            story.pay(received, people["citizen"])
        else:
            story.receive(received, people["officer"])

    def _started(self, story, people, received, late_share: float = 0.06) -> None:
        self._received(story, people, received, late_share)
        story.start(self._on(received, self.chance.randrange(5, 150)), people["specialist"])

    def _running(self, story, people, situation: str) -> None:
        """Receive so long ago that the limit is well ahead, nearly over or past."""
        limit = self._limit_minutes(story.procedure)
        if situation.endswith("_late"):
            ago = limit + 480 + self.chance.randrange(60, 1400)
        elif situation.endswith("_risk"):
            ago = self._risky_minutes(story.procedure, limit)
        else:
            ago = int(limit * self.chance.uniform(0.02, 0.7))
        self._started(story, people, self._back(max(ago, 30)))

    def _risky_minutes(self, procedure, limit: int) -> int:
        """Return how long ago a dossier was received of whose time little is left now."""
        wanted, share = self.chance.uniform(0.05, 0.9), self.company.dvc_risk_share / 100
        for minutes in range(limit // 2, limit + 960, 15):
            start = self._back(minutes)
            end = deadline.due(self.clock, start, procedure.time_limit_value, procedure.time_limit_unit).result
            left = self.clock.minutes_between(self.now, end)
            if 0 < left < wanted * share * (minutes + left):
                return minutes
        return limit

    # The situations

    def _tell_draft(self, story, people, situation) -> None:
        """Nothing handed in yet."""

    def _tell_waiting(self, story, people, situation) -> None:
        minutes = {"waiting_risk": (47, 58), "waiting_late": (75, 420)}.get(situation, (1, 42))
        story.submit(self._back(self.chance.randrange(*minutes)), people["citizen"])

    def _tell_payment(self, story, people, situation) -> None:
        submitted = self._working_days_ago(self.chance.randrange(0, 6))
        story.submit(submitted, people["citizen"])
        story.receive(self._on(submitted, self.chance.randrange(5, 55)), people["officer"], fee_first=True)

    def _tell_received(self, story, people, situation) -> None:
        limit = self._limit_minutes(story.procedure)
        self._received(story, people, self._back(max(int(limit * self.chance.uniform(0.02, 0.5)), 5)))

    def _tell_processing(self, story, people, situation) -> None:
        self._running(story, people, situation)

    def _tell_postponed(self, story, people, situation) -> None:
        self._running(story, people, "processing_risk")
        at = self._on(story.at, 60)
        due = self.clock.add_working_days(story.values["due_at"], self.chance.randrange(2, 6))
        story.postpone(at, people["officer"], due, APOLOGY)

    def _asked(self, story, people, role: str) -> None:
        part = self.chance.choice(story.procedure.component_ids.filtered("required"))
        at = self._on(story.at, self.chance.randrange(20, 400))
        story.ask(at, people[role], part, self.chance.choice(INSTRUCTIONS))

    def _tell_supplement(self, story, people, situation) -> None:
        if situation == "supplement_desk":
            story.submit(self._working_days_ago(self.chance.randrange(1, 8)), people["citizen"])
            part = self.chance.choice(story.procedure.component_ids.filtered("required"))
            at = self._on(story.at, self.chance.randrange(5, 58))
            story.ask(at, people["officer"], part, self.chance.choice(INSTRUCTIONS))
            return
        self._started(story, people, self._working_days_ago(self.chance.randrange(2, 12)))
        self._asked(story, people, "specialist")

    def _finished(self, story, people, received, late: bool) -> None:
        self._started(story, people, received)
        self._finish(story, people, late)

    def _finish(self, story, people, late: bool) -> None:
        """Finish before the limit, or after it."""
        left = self.clock.minutes_between(story.at, story.values["due_at"])
        minutes = left + self.chance.randrange(120, 1200) if late else int(left * self.chance.uniform(0.25, 0.95))
        story.finish(self._on(story.at, max(minutes, 1)), people["leader"])

    def _tell_done(self, story, people, situation) -> None:
        late = situation.endswith("_late")
        ago = self._limit_minutes(story.procedure) + (1900 if late else self.chance.randrange(60, 900))
        self._finished(story, people, self._back(ago), late)

    def _tell_returned(self, story, people, situation) -> None:
        limit_days = self._limit_minutes(story.procedure) // 480
        # More of the last weeks than of last year.
        days = limit_days + 5 + int(200 * self.chance.random() ** 2)
        received = self._working_days_ago(days + (8 if situation != "returned" else 0))
        if situation == "returned_supplemented":
            self._started(story, people, received)
            self._asked(story, people, "specialist")
            story.answer(self._on(story.at, self.chance.randrange(60, 1400)), people["citizen"])
            self._finish(story, people, late=False)
        else:
            self._finished(story, people, received, situation.endswith("_late"))
        electronic = story.procedure._delivery_modes()[0] == "electronic"
        story.give(self._on(story.at, 0 if electronic else self.chance.randrange(10, 900)), people["officer"])

    def _tell_refused(self, story, people, situation) -> None:
        story.submit(self._working_days_ago(self.chance.randrange(1, 120)), people["citizen"])
        waited = self.chance.randrange(5, 57) if self.chance.random() < 0.85 else self.chance.randrange(70, 150)
        at = self._on(story.at, waited)
        story.close(states.REFUSED, at, people["officer"], self.chance.choice(REFUSALS))

    def _tell_withdrawn(self, story, people, situation) -> None:
        received = self._working_days_ago(self.chance.randrange(1, 90))
        self._received(story, people, received)
        at = self._on(story.at, self.chance.randrange(30, 300))
        story.close(states.WITHDRAWN, at, people["citizen"], self.chance.choice(WITHDRAWALS))

    def _tell_stopped(self, story, people, situation) -> None:
        self._started(story, people, self._working_days_ago(self.chance.randrange(40, 120)))
        self._asked(story, people, "specialist")
        at = self.clock.add_working_days(story.at, 30)
        at = min(at, self.now - timedelta(hours=1))
        story.close(states.STOPPED, at, people["officer"], self.chance.choice(STOPS))
