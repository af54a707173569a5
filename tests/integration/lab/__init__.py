"""A mail laboratory on loopback: name servers, Postfix or Sendmail, and alignd as their milter.

Everything lives in one private folder, listens on 127.0.0.0/8 only and ends with `Workspace.close()`. The
machine's own mail system and resolver are neither used nor changed. `./run` and the integration tests share it.
"""
