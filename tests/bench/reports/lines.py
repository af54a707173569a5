#!/usr/bin/python3
"""Verdict lines as a day of a busy host gives them, the same for the same arguments.

lines.py COUNT [SEED [DAY]] writes COUNT lines to standard output: 2000 author domains of very different size, 20000
clients, three of four messages signed. DAY is days since 1970 (2026-11-25).
"""
import json
import random
import sys
from datetime import datetime, timezone

DAY = 20782
TEMPLATE = (
    '{"v":1,"time":"%s","host":"mx1.example.org","queue_id":"%s","client":"%s","client_name":"mail.d%d.example","helo":"mail.d%d.example",'
    '"mail_from":"bounce+%x@d%d.example","rcpt_domains":["example.org"],"rcpts":1,"from":"d%d.example","why":"%s"%s,'
    '"spf":{"result":"%s","identity":"mailfrom","domain":"d%d.example","reason":"matched ip4:192.0.2.0/24",'
    '"mechanism":"ip4:192.0.2.0/24","prefix":24,"path":["d%d.example"],"terms":1,"voids":0},"dkim":[%s],'
    '"arc":{"result":"none","sets":[]},"dmarc":{"result":"%s","reason":"%s","org_domain":"d%d.example",'
    '"policy_domain":"d%d.example","p":"%s","selected":"p","policy":"%s","disposition":"%s","adkim":"r","aspf":"r",'
    '"fo":"0","rua":["mailto:dmarc@d%d.example"],"aligned":[%s],"identifiers":[{"kind":"spf","domain":"d%d.example"%s}],'
    '"method":"treewalk","walk":[{"name":"d%d.example","answer":"ok",'
    '"record":"v=DMARC1; p=%s; rua=mailto:dmarc@d%d.example"}]},'
    '"action":"accept","would":"%s","removed_ar":0,"dns_questions":0,"dns_ms":0.012,"total_ms":3.141,'
    '"header_bytes":2345,"body_bytes":6789}\n')
SIGNATURE = (
    '{"result":"%s","d":"d%d.example","s":"s%d","i":"@d%d.example","a":"rsa-sha256","c":"relaxed/relaxed",'
    '"b":"%08x","bits":2048,"reason":"%s","text":"%s","age_s":3}')
POLICIES = ("none", "none", "quarantine", "reject")


def lines(count, seed=1, day=DAY, domains=2000):
    """Yields `count` lines, spread over the day in order."""
    pick = random.Random(seed)
    start = day * 86400
    for i in range(count):
        second = start + i * 86400 // count
        at = datetime.fromtimestamp(second, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + ".%03dZ" % (i % 1000)
        domain = int(domains * pick.random() ** 4)
        client = domain * 10 + int(10 * pick.random() ** 2)
        good = pick.random() < 0.9
        policy = POLICIES[domain % 4]
        signature = ""
        if pick.random() < 0.75:
            word = ("pass", "verified", "verified") if good else ("fail", "body_hash_mismatch", "body hash mismatch")
            signature = SIGNATURE % (word[0], domain, domain % 3, domain, pick.getrandbits(32), word[1], word[2])
        why = "aligned" if good else "modified" if signature else "forged"
        remedy = "" if good else ',"remedy":"d%d.example: sign its mail, and say in SPF who sends it"' % domain
        aligned = '"spf"' + (',"dkim"' if signature and good else "") if good else ""
        yield TEMPLATE % (
            at, "4c%X" % (seed * 100_000_000 + i), "198.%d.%d.%d" % (18 + client % 2, client // 250 % 250, client % 250 + 1),
            domain, domain, pick.getrandbits(40), domain, domain, why, remedy, "pass" if good else "fail", domain, domain, signature,
            "pass" if good else "fail", "aligned" if good else "nothing aligned", domain, domain, policy, policy, policy,
            domain, aligned, domain, ',"passed":true,"aligned":true' if good else "", domain, policy, domain,
            "accept" if good or policy == "none" else "mark")


def main():
    count = int(sys.argv[1])
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    day = int(sys.argv[3]) if len(sys.argv) > 3 else DAY
    for line in lines(count, seed, day):
        sys.stdout.write(line)


if __name__ == "__main__":
    json.loads(next(lines(1)))  # a slip of the template shows at once
    main()
