#!/usr/bin/python3
"""The metrics page, the shipped alerts and the shipped dashboard, with a real Prometheus fed from a running alignd."""
import json
import math
import re
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[3] / "demo")]
sys.dont_write_bytecode = True

from cases import cases  # noqa: E402
from lab import smtp  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.debian import Unavailable  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.prometheus import DASHBOARD, RULES, Prometheus, alerts, check_page, filled, panels, tool  # noqa: E402
from lab.testing import DOMAIN, LabTest, letter, main  # noqa: E402
from lab.workspace import wait_until  # noqa: E402

EXEMPT = f"abuse@{DOMAIN}"
# Panels about what did not happen here: their series are there, and are 0.
QUIET = {"What nobody should see", "On their way", "In flight"}


def settings(listen):
    # No cache: the second round of messages asks again.
    return {"dns": 'cache = "0"',
            "metrics": f'listen = "inet:{listen[1]}@{listen[0]}"', "trust": f'exempt_recipients = ["{EXEMPT}"]',
            "policy": "[[rule]]\nname = \"esp\"\nspf_domains = [\"esp.example\"]\naction = \"quarantine\""}


class Alerts(unittest.TestCase):
    def setUp(self):
        try:
            self.promtool = tool("promtool")
        except Unavailable as error:
            self.skipTest(str(error))

    def run_promtool(self, *arguments):
        done = subprocess.run([self.promtool, *arguments], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_they_fire_when_they_should_and_only_then(self):
        self.run_promtool("check", "rules", RULES)
        self.run_promtool("test", "rules", Path(__file__).with_name("rules_test.yml"))

    def test_each_has_its_test(self):
        tests = Path(__file__).with_name("rules_test.yml").read_text()
        names = alerts(RULES.read_text())
        self.assertGreater(len(names), 10)
        self.assertEqual({name for name in names if name not in tests}, set())


class Model(unittest.TestCase):
    """The dashboard as Grafana's import reads it (the JSON model of schema 38): Grafana itself is no package of Debian."""

    def setUp(self):
        self.board = json.loads(DASHBOARD.read_text())
        self.variables = {variable["name"]: variable for variable in self.board["templating"]["list"]}

    def test_panels_have_a_place_of_their_own(self):
        ids, taken = [], {}
        for panel in self.board["panels"]:
            ids.append(panel["id"])
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertEqual(taken.setdefault((x, y), panel["title"]), panel["title"], (x, y))
        self.assertEqual(len(ids), len(set(ids)))

    def test_panels_are_of_kinds_and_units_that_grafana_has(self):
        for panel in self.board["panels"]:
            with self.subTest(panel["title"]):
                self.assertIn(panel["type"], {"row", "stat", "timeseries"})
                if panel["type"] == "row":
                    self.assertEqual((panel["collapsed"], panel["panels"]), (False, []))
                    continue
                defaults = panel["fieldConfig"]["defaults"]
                self.assertIn(defaults["unit"], {"short", "cps", "s", "bytes", "percentunit", "dateTimeAsIso"})
                for mapping in defaults.get("mappings", []):
                    self.assertEqual(mapping["type"], "value")
                references = [target["refId"] for target in panel["targets"]]
                self.assertEqual(len(references), len(set(references)))

    def test_variables_are_there_before_they_are_asked(self):
        self.assertEqual(self.variables["datasource"]["type"], "datasource")
        for one in [self.variables["instance"], *(panel for panel in self.board["panels"] if panel["type"] != "row")]:
            self.assertEqual(one["datasource"], {"type": "prometheus", "uid": "${datasource}"})
        named = set(re.findall(r"\$\{?(\w+)", DASHBOARD.read_text()))
        self.assertEqual({name for name in named if not name.startswith("__")} - set(self.variables), set())
        self.assertEqual({name for name in named if name.startswith("__")}, {"__all", "__rate_interval"})


class Watched(LabTest):
    """One Postfix, one alignd, and a Prometheus that looks at it every second."""

    @classmethod
    def begin(cls):
        tool("prometheus")
        cls.listen = (cls.workspace.address(91), 9465)
        cls.alignd = Alignd(cls.workspace, cls.world.resolver, settings(cls.listen))
        cls.postfix = Postfix(cls.workspace, DOMAIN, [cls.alignd.postfix_milter])
        cls.prometheus = Prometheus(cls.workspace, f"{cls.listen[0]}:{cls.listen[1]}")
        cls.send_some()
        # Rates want two looks at what was counted, and increase between them.
        cls.wait_for("sum(alignd_messages_total) > 0")
        cls.send_some()
        cls.wait_for("sum(rate(alignd_messages_total[20s])) > 0")
        cls.wait_for("sum(rate(process_cpu_seconds_total[20s])) > 0")

    @classmethod
    def send_some(cls):
        for case in cases(cls.world.keys):
            smtp.deliver(cls.postfix.server, case.message, case.sender, case.recipient, case.helo, case.client)
        smtp.deliver(cls.postfix.server, letter("a@bank.example"), "a@bank.example", EXEMPT, client="192.0.2.10")

    @classmethod
    def wait_for(cls, expression):
        wait_until(lambda: cls.prometheus.values(expression), expression, 40)

    def page(self):
        with urllib.request.urlopen(f"http://{self.listen[0]}:{self.listen[1]}/metrics", timeout=10) as reply:
            return reply.read().decode()

    def test_the_page_is_as_prometheus_wants_it(self):
        done = check_page(self.page())
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_alerts_and_panels_are_about_metrics_that_are_there(self):
        known = set(re.findall(r"^# TYPE (\w+) ", self.page(), re.M))
        for file in (RULES, DASHBOARD):
            expressions = re.findall(r'expr"?: (.*?)(?=\n +"?(?:for|labels|legendFormat)|$)', file.read_text(), re.S)
            named = {re.sub(r"_(bucket|sum|count)$", "", name)
                     for name in re.findall(r"\b(?:alignd|process)_\w+", " ".join(expressions))}
            self.assertGreater(len(named), 10, file)
            self.assertEqual(named - known, set(), file)

    def test_every_panel_has_data(self):
        seen = 0
        for panel in panels():
            moved = False
            for target in panel["targets"]:
                expression = filled(target["expr"], "30s")
                with self.subTest(panel["title"], expression=expression):
                    values = self.prometheus.values(expression)
                    self.assertTrue(values, "no series")
                    self.assertTrue(all(math.isfinite(value) for _, value in values), values)
                    moved = moved or any(value > 0 for _, value in values)
                    seen += 1
                    for label in target["legendFormat"].split("{{")[1:]:
                        self.assertIn(label.split("}}")[0], values[0][0])
            with self.subTest(panel["title"]):
                self.assertTrue(moved or panel["title"] in QUIET, "all is 0")
        self.assertGreater(seen, 40)

    def test_every_rule_can_be_evaluated_and_is_quiet(self):
        def evaluated():
            rules = [rule for group in self.prometheus.ask("rules")["groups"] for rule in group["rules"]]
            return rules if all(rule["health"] == "ok" for rule in rules) else None
        rules = wait_until(evaluated, "the rules to be evaluated")
        self.assertEqual({rule["name"] for rule in rules}, alerts(RULES.read_text()))
        self.assertEqual([rule["name"] for rule in rules if rule["state"] == "firing"], [])

    def test_numbers_are_those_of_the_verdict_lines(self):
        wait_until(lambda: self.prometheus.values("sum(alignd_messages_total)")[0][1] == len(self.alignd.verdicts()),
                   "Prometheus to have seen all")
        by_why = {}
        for verdict in self.alignd.verdicts():
            by_why[verdict["why"]] = by_why.get(verdict["why"], 0) + 1
        said = {labels["why"]: value for labels, value in self.prometheus.values("sum by (why) (alignd_messages_total) > 0")}
        self.assertEqual(said, by_why)


if __name__ == "__main__":
    main()
