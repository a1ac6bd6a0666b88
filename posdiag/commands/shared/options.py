"""The options of the commands that examine a site, with their help in one language."""

from typing import Annotated

import typer

from posdiag.commands.shared.common import pick

LONGEST = 30.0  # seconds: nobody waits longer at a counter
JOINING = 60.0  # seconds more that a join test may need: two tries, a lease, and back

Texts = list[str] | None

Checks = Annotated[
    Texts,
    typer.Argument(
        metavar="CHECK",
        help=pick("只做这些检查（编号或组）", "Only these checks (ids or groups)."),
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        envvar="POSDIAG_PROFILE",
        help=pick("配置文件", "Site profile."),
    ),
]
Acquirer = Annotated[
    str | None,
    typer.Option(
        metavar="HOST[:PORT]",
        help=pick(
            "收单机构的地址，代替配置文件", "The acquirer, in place of a profile."
        ),
    ),
]
Select = Annotated[
    Texts,
    typer.Option(
        metavar="ID,...",
        help=pick(
            "只做这些检查和它们所需要的",
            "Only these checks or groups and what they need.",
        ),
    ),
]
Skip = Annotated[
    Texts,
    typer.Option(
        metavar="ID,...",
        help=pick("不做这些检查", "Leave these checks or groups out."),
    ),
]
Format = Annotated[
    Texts,
    typer.Option(
        metavar="terminal|json|junit",
        help=pick(
            "报告的格式，可重复，与 --output 成对",
            "Form of the report; repeatable, in pairs with --output.",
        ),
    ),
]
Output = Annotated[
    Texts,
    typer.Option(
        metavar="FILE",
        help=pick("报告写到哪里，- 是标准输出", "Where the report goes; - is stdout."),
    ),
]
Language = Annotated[
    str | None, typer.Option(metavar="zh|en", help=pick("语言", "Language."))
]
Quick = Annotated[
    bool,
    typer.Option(
        "--quick",
        help=pick("更快，把握小一些", "Faster, loss judged less finely."),
    ),
]
Thorough = Annotated[
    bool,
    typer.Option(
        "--thorough",
        help=pick("更慢，把握大一些", "Slower, loss judged more finely."),
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help=pick(
            "整个检查最多用多少秒（默认 30，带 --allow-join 为 90）",
            "Time for the whole run, in seconds (30; 90 with --allow-join).",
        ),
    ),
]
AllowJoin = Annotated[
    bool,
    typer.Option(
        "--allow-join",
        help=pick(
            "测试 Wi-Fi 密码时可以暂时离开现在的网络",
            "The Wi-Fi password test may leave this network and come back.",
        ),
    ),
]
AllowEcho = Annotated[
    bool,
    typer.Option(
        "--allow-echo",
        help=pick(
            "可以向收单机构发送 ISO 8583 测试报文",
            "The ISO 8583 echo may be sent to the acquirer.",
        ),
    ),
]
NoColor = Annotated[
    bool, typer.Option("--no-color", help=pick("不用颜色", "No colour."))
]
System = Annotated[
    str | None,
    typer.Option(
        metavar="linux|portable",
        help=pick("用哪种方式测量本机", "How this machine is measured."),
    ),
]
Record = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=pick("把测到的都记录下来", "Keep all that was measured in this file."),
    ),
]
Replay = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help=pick(
            "不测量，改用这份记录", "Measure nothing, use this recording instead."
        ),
    ),
]
ListFormat = Annotated[
    str,
    typer.Option(metavar="terminal|json", help=pick("格式", "Form of the list.")),
]
