#!/usr/bin/python3
"""Draws conf/grafana/alignd.png: the shipped dashboard, panel by panel where its JSON puts them, each expression answered by
a real Prometheus that scraped a running alignd. Not Grafana's own rendering: the picture shows what is asked and what comes.

usage: draw.py [OUT.png [SECONDS]]      (as root: the laboratory has a Postfix, name servers, and a resolver that stands still
for a while in the middle)"""
import os
import random
import signal
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[3] / "demo")]
sys.dont_write_bytecode = True

import matplotlib  # noqa: E402
matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from PIL import Image  # noqa: E402

from cases import cases  # noqa: E402
from lab import smtp  # noqa: E402
from lab.alignd import Alignd  # noqa: E402
from lab.postfix import Postfix  # noqa: E402
from lab.prometheus import DASHBOARD, Prometheus, filled, panels, rows  # noqa: E402
from lab.testing import DOMAIN, letter  # noqa: E402
from lab.workspace import Workspace  # noqa: E402
from lab.world import World  # noqa: E402
from metrics_test import EXEMPT, settings  # noqa: E402

RATES, STEP = "15s", 2
PAPER, PANEL, INK, GRID = "#111217", "#181b1f", "#ccccdc", "#2c3235"
COLOURS = ["#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#96d98d", "#ffb357", "#8f3bb8",
           "#c0d8ff", "#ad4b00"]
TILES = {"green": "#299c46", "orange": "#d9730d", "red": "#c4162a"}
LEGEND = 6  # entries that a panel has room for


class Senders:
    """Clients that send the demo's messages, honest ones more often, until they are told to stop."""

    def __init__(self, world, postfix, count=4):
        made = cases(world.keys)
        self.letters = [(c.message, c.sender, c.recipient, c.helo, c.client) for c in made]
        self.weights = [8 if c.expect["dmarc"] == "pass" else 1.5 for c in made]
        self.exempt = (letter("a@bank.example"), "a@bank.example", EXEMPT, "client.example", "192.0.2.10")
        self.server, self.stopped = postfix.server, threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(n,), daemon=True) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, seed):
        choose = random.Random(seed)
        while not self.stopped.is_set():
            one = self.exempt if choose.random() < 0.05 else choose.choices(self.letters, self.weights)[0]
            try:
                smtp.deliver(self.server, one[0], one[1], one[2], one[3], one[4])
            except (smtp.Refused, OSError):
                pass
            time.sleep(choose.uniform(0.05, 0.6))

    def stop(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join(60)


def named(legend, labels):
    for label, value in labels.items():
        legend = legend.replace("{{%s}}" % label, value)
    return legend


def shown(value, unit):
    if unit == "percentunit":
        return f"{value * 100:.3g} %"
    if unit == "bytes":
        return f"{value / 2**20:.0f} MiB"
    if unit == "s":
        return f"{value:g} s" if value >= 1 or not value else f"{value * 1000:g} ms"
    if unit == "dateTimeAsIso":
        return datetime.fromtimestamp(value / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M")
    return f"{value:g}"


def tile(axes, panel, prometheus, now):
    """A single number, as large as it gets."""
    target, defaults = panel["targets"][0], panel["fieldConfig"]["defaults"]
    result = prometheus.ask("query", query=filled(target["expr"], RATES), time=now)["result"][0]
    value = float(result["value"][1])
    text = shown(value, defaults["unit"])
    if panel["options"]["textMode"] == "name":
        text = named(target["legendFormat"], result["metric"])
    for mapping in defaults.get("mappings", ()):
        text = mapping["options"].get(f"{value:g}", {}).get("text", text)
    colour = [step["color"] for step in defaults["thresholds"]["steps"] if step["value"] is None or value >= step["value"]][-1]
    axes.set_facecolor(TILES[colour])
    axes.set_xticks([]), axes.set_yticks([])
    axes.text(0.5, 0.45, text, transform=axes.transAxes, ha="center", va="center", color="white",
              fontsize=19 if len(text) < 9 else 12, fontweight="bold")


def curves(axes, panel, prometheus, begin, end):
    """Lines over time, stacked where the panel says so."""
    defaults = panel["fieldConfig"]["defaults"]
    lines = []
    for target in panel["targets"]:
        data = prometheus.ask("query_range", query=filled(target["expr"], RATES), start=begin, end=end, step=STEP)
        for series in data["result"]:
            points = {float(t): float(v) for t, v in series["values"]}
            lines.append((named(target["legendFormat"], series["metric"]), points, target["refId"]))
    lines = [line for line in lines if any(value > 0 for value in line[1].values())] or lines[:1]
    lines.sort(key=lambda line: -sum(line[1].values()))
    times = sorted({t for _, points, _ in lines for t in points})
    places = [t - begin for t in times]
    rows = [[points.get(t, float("nan")) for t in times] for _, points, _ in lines]
    dashed = bool(panel["fieldConfig"]["overrides"])
    if defaults["custom"]["stacking"]["mode"] == "normal":
        rows = [[0 if value != value else value for value in row] for row in rows]
        axes.stackplot(places, rows, colors=COLOURS, alpha=0.75, linewidth=0, labels=[name for name, _, _ in lines])
    else:
        for number, (name, _, ref) in enumerate(lines):
            style = "--" if dashed and ref != "A" else "-"
            axes.plot(places, rows[number], style, color=COLOURS[number % len(COLOURS)], linewidth=1.3, label=name)
    axes.set_ylim(bottom=0, top=defaults["max"] * 1.05 if "max" in defaults else None)
    axes.set_xlim(0, end - begin)
    axes.grid(color=GRID, linewidth=0.6)
    axes.yaxis.set_major_formatter(lambda value, _: shown(round(value, 6), defaults["unit"]))
    axes.xaxis.set_major_formatter(lambda value, _: f"{int(value) // 60}:{int(value) % 60:02}")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[:LEGEND], labels[:LEGEND], loc="upper center", bbox_to_anchor=(0.5, -0.13), ncol=2, fontsize=6.5,
                frameon=False, labelcolor=INK, handlelength=1.2, columnspacing=1.0, labelspacing=0.25)


def picture(prometheus, begin, end, out):
    shapes = [panel["gridPos"] for panel in panels()]
    height = max(g["y"] + g["h"] for g in shapes)
    unit = 0.27  # inches of a row of the grid
    figure = pyplot.figure(figsize=(15, height * unit), dpi=80, facecolor=PAPER)
    for title, g in rows():
        figure.text(0.004, 1 - (g["y"] + 0.75) / height, title, color=INK, fontsize=11, fontweight="bold")
    for panel in panels():
        g = panel["gridPos"]
        small = panel["type"] == "stat"
        left, right = (0.08, 0.08) if small else (0.5, 0.12)      # inches around the plot
        above, below = (0.3, 0.06) if small else (0.33, 0.66)
        box = (g["x"] / 24, 1 - (g["y"] + g["h"]) / height, g["w"] / 24, g["h"] / height)
        inch = (1 / 15, 1 / (height * unit))
        figure.add_artist(matplotlib.patches.Rectangle(
            (box[0] + 0.04 * inch[0], box[1] + 0.04 * inch[1]), box[2] - 0.08 * inch[0], box[3] - 0.08 * inch[1],
            transform=figure.transFigure, facecolor=PANEL, edgecolor=GRID, linewidth=0.6, zorder=-1))
        axes = figure.add_axes((box[0] + left * inch[0], box[1] + below * inch[1],
                                box[2] - (left + right) * inch[0], box[3] - (above + below) * inch[1]), facecolor=PANEL)
        figure.text(box[0] + 0.12 * inch[0], box[1] + box[3] - 0.21 * inch[1], panel["title"], color=INK, fontsize=9,
                    fontweight="bold")
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(colors=INK, labelsize=7, length=0)
        if small:
            tile(axes, panel, prometheus, end)
        else:
            curves(axes, panel, prometheus, begin, end)
    figure.savefig(out, facecolor=PAPER)
    Image.open(out).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(out, optimize=True)


def main(out, seconds):
    with Workspace("draw") as workspace:
        world = World(workspace)
        listen = (workspace.address(91), 9465)
        own = settings(listen)
        own["dns"] = 'timeout = "2s"\nmessage_time = "6s"\ncache = "16 KiB"'
        alignd = Alignd(workspace, world.resolver, own)
        postfix = Postfix(workspace, DOMAIN, [alignd.postfix_milter])
        prometheus = Prometheus(workspace, f"{listen[0]}:{listen[1]}")
        resolver = next(process for process in workspace.processes if process.name == "unbound")
        senders = Senders(world, postfix)
        time.sleep(20)  # so that rates have what they look back at
        begin = time.time()
        time.sleep(seconds * 0.5)
        os.kill(resolver.pid, signal.SIGSTOP)
        time.sleep(seconds * 0.15)
        os.kill(resolver.pid, signal.SIGCONT)
        time.sleep(seconds * 0.35)
        picture(prometheus, begin, time.time(), out)
        senders.stop()
        print(f"{out}: {Path(out).stat().st_size} octets, {len(alignd.verdicts())} messages")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(DASHBOARD.with_suffix(".png")), float(sys.argv[2]) if len(sys.argv) > 2 else 240)
