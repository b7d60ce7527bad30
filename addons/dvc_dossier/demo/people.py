# Part of the DVC suite. See LICENSE file for full copyright and licensing details.
"""Fictitious applicants: invented names, numbers out of no real range in use here."""

import datetime
import random
from typing import NamedTuple

FAMILY = "Nguyễn Trần Lê Phạm Hoàng Phan Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Trương Huỳnh Mai Cao Tôn Hà".split()
MIDDLE_MALE = "Văn Đình Quang Hữu Minh Xuân Công Đức Ngọc Viết".split()
MIDDLE_FEMALE = "Thị Thị Ngọc Thu Kim Thanh Diệu Phương Như Bảo".split()
GIVEN_MALE = (
    "Anh Bình Châu Cường Dũng Duy Hải Hậu Hiếu Hùng Huy Khoa Lâm Long Nam Nghĩa Phong Phước Quân Sơn Tài "
    "Thắng Tuấn Vinh"
).split()
GIVEN_FEMALE = (
    "Anh Ánh Chi Diệp Duyên Giang Hà Hằng Hiền Hoa Hương Lan Linh Loan Mai Nga Nhi Nhung Oanh Quỳnh Thảo Trang Vân Yến"
).split()
STREETS = (
    "Tản Đà",
    "Hương Sơ",
    "Tăng Bạt Hổ",
    "Nguyễn Văn Linh",
    "Đặng Tất",
    "Lý Nam Đế",
    "Trần Quốc Toản",
    "Nguyễn Hoàng",
    "Kim Phụng",
    "Bùi Thị Xuân",
)


class Person(NamedTuple):
    """A fictitious applicant."""

    name: str
    citizen_id: str
    issue_date: datetime.date
    phone: str
    birth_date: datetime.date
    address: str


def people(chance: random.Random, count: int, ward: str, batch: int) -> list[Person]:
    """Return so many different persons of a ward.

    :param chance: seeded, so that every installation has the same people
    :param batch: a digit that keeps the numbers of two lists apart
    """
    found = []
    for number in range(count):
        female = chance.random() < 0.55
        middle = chance.choice(MIDDLE_FEMALE if female else MIDDLE_MALE)
        name = f"{chance.choice(FAMILY)} {middle} {chance.choice(GIVEN_FEMALE if female else GIVEN_MALE)}"
        born = datetime.date(chance.randrange(1955, 2004), chance.randrange(1, 13), chance.randrange(1, 29))
        century = (2 if born.year >= 2000 else 0) + female
        found.append(
            Person(
                name=name,
                citizen_id=f"046{century}{born.year % 100:02d}9{batch}{chance.randrange(10)}{number:03d}",
                issue_date=datetime.date(2021, 1, 4) + datetime.timedelta(days=chance.randrange(1400)),
                phone=f"+8496777{batch}{number:03d}",
                birth_date=born,
                address=f"{chance.randrange(1, 240)} {chance.choice(STREETS)}, {ward}, thành phố Huế",
            )
        )
    return found
