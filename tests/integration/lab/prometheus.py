"""A Prometheus of the laboratory's own, and the shipped rules and dashboard as it reads them."""
import json
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from .debian import Unavailable
from .workspace import LabError

CONF = Path(__file__).resolve().parents[3] / "conf"
RULES = CONF / "prometheus/alignd.rules.yml"
DASHBOARD = CONF / "grafana/alignd.json"


def tool(name):
    """The path of prometheus or promtool (Debian: package prometheus)."""
    found = shutil.which(name)
    if not found:
        raise Unavailable(f"{name} is not installed")
    return found


def panels():
    """The dashboard's panels, rows left out."""
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def rows():
    """The headings between them: (title, gridPos)."""
    return [(panel["title"], panel["gridPos"]) for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] == "row"]


def filled(expression, interval):
    """An expression with Grafana's variables as values: all hosts, and the interval of rates."""
    text = expression.replace("$__rate_interval", interval).replace("$instance", ".*")
    if "$" in text:
        raise LabError(f"a variable that nobody fills: {text}")
    return text


class Prometheus:
    """Scrapes `target` ("address:port") every second as job "alignd", with the shipped rules."""

    def __init__(self, workspace, target, host=99):
        self.address = f"{workspace.address(host)}:9090"
        folder = workspace.folder("prometheus")
        config = folder / "prometheus.yml"
        config.write_text(f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: [{RULES}]\n"
                          f"scrape_configs:\n  - job_name: alignd\n    static_configs: [{{targets: ['{target}']}}]\n")
        self.process = workspace.start("prometheus", [
            tool("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={self.address}", "--log.level=warn"])
        self.process.wait_ready(self._ready, "its API", 60)

    def _ready(self):
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=2) as reply:
                return reply.status == 200
        except OSError:
            return False

    def ask(self, path, **parameters):
        """The `data` of an answer of the API; LabError when it is none."""
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as reply:
                answer = json.load(reply)
        except urllib.error.HTTPError as error:
            raise LabError(f"{parameters}: {error.read().decode()}") from None
        if answer["status"] != "success" or answer.get("warnings"):
            raise LabError(f"{parameters}: {answer}")
        return answer["data"]

    def values(self, expression):
        """The labels and the value of each series, now."""
        return [(one["metric"], float(one["value"][1])) for one in self.ask("query", query=expression)["result"]]


def check_page(page):
    """What promtool says of a page of metrics: nothing, if all is well."""
    return subprocess.run([tool("promtool"), "check", "metrics"], input=page, capture_output=True, text=True, check=False)


def alerts(text):
    """The names of alerts in a text of rules, or of their tests."""
    return set(re.findall(r"alert: (\w+)", text))
