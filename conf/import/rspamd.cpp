// What rspamd's modules about authentication have in common with ours. Scores stay with rspamd.
#include <array>

#include "conf/import/translate.h"
#include "conf/import/ucl.h"
#include "dns/data/ascii.h"

namespace alignd::conf::migration {

namespace {

using ascii::cat;

constexpr std::array<std::string_view, 8> kModules{
    "options", "spf", "dkim", "dmarc", "arc", "milter_headers", "whitelist", "external_relay"};
// The later one overrides. Only `options` says something of its own in the stock file.
constexpr std::array<std::string_view, 2> kFolders{"override.d", "local.d"};

std::string_view kindOf(const UclNode& node) {
  return node.kind == UclNode::Kind::Object ? "{ }" : node.kind == UclNode::Kind::Array ? "[ ]" : "";
}

bool isOn(std::string_view value) {
  return value == "true" || value == "yes" || value == "on" || value == "1";
}

// "6h", "5min", "30s", or seconds.
std::string timeOf(std::string value) {
  if (value.ends_with("min")) return value.substr(0, value.size() - 2);
  if (!value.empty() && ascii::isDigit(value.back())) return value + "s";
  return value;
}

class Translator {
 public:
  Translator(std::string folder, const ReadFile& readFile, Draft& draft)
      : folder_(std::move(folder)), readFile_(readFile), draft_(draft) {
    if (!folder_.ends_with('/')) folder_ += '/';
  }

  std::vector<std::string> run() {
    for (const auto module : kModules) {
      const std::string_view ending = module == "options" ? ".inc" : ".conf";
      for (const auto part : kFolders) take(cat({folder_, part, "/", module, ending}), module);
      if (module == "options") take(cat({folder_, module, ending}), module);
    }
    if (files_ == 0) faults_.push_back(folder_ + ": holds no settings of rspamd about authentication");
    return std::move(faults_);
  }

 private:
  void take(const std::string& path, std::string_view module) {
    const FileContent content = readFile_(path);
    if (!content.problem.empty()) return;  // nearly all of them are not there
    ++files_;
    file_ = parseUcl(content.text);
    path_ = path;
    if (!file_.fault.empty()) {
      faults_.push_back(cat({path, ":", file_.fault}));
      return;
    }
    for (const std::size_t child : file_.nodes.front().children) option(module, file_.nodes[child]);
  }

  Word wordOf(std::string_view module, const UclNode& node) const {
    return {{path_, node.line},
            cat({module, ".", node.key}),
            node.kind == UclNode::Kind::Scalar ? node.value : std::string(kindOf(node))};
  }

  void option(std::string_view module, const UclNode& node) {
    const Word word = wordOf(module, node);
    const auto is = [&](std::string_view name) { return word.name == name; };
    if (is("options.local_addrs")) return draft_.networks("networks", entries(node, word), word);
    if (is("options.dns")) return dns(node);
    if (is("spf.external_relay")) return draft_.networks("relays", entries(node, word), word);
    if (is("dkim.time_jitter")) return draft_.text("dkim", "clock_drift", timeOf(node.value), word);
    if (is("dkim.max_sigs")) return draft_.number("dkim", "max_signatures", node.value, word);
    if (is("dkim.check_authed")) {
      return isOn(node.value) ? draft_.flag("trust", "authenticated", false, word) : draft_.same(word);
    }
    if (is("arc.whitelisted_signers_map")) {
      return draft_.domains("arc", "trusted_sealers", entries(node, word), word);
    }
    if (is("dmarc.actions")) return actions(node);
    if (is("dmarc.reporting") || is("dmarc.report_settings")) return reporting(node, word);
    if (is("dmarc.no_reporting_domains"))
      return draft_.domains("reports", "never", entries(node, word), word);
    if (is("dmarc.send_reports")) return draft_.refuse(word, rspamdKeywords());
    if (find(rspamdKeywords(), word.name) != nullptr) return draft_.refuse(word, rspamdKeywords());
    if (module == "options") return;  // rspamd's own affairs
    draft_.refuse(word, "rspamd's own: it has no counterpart here");
  }

  // nameserver = ["127.0.0.1:53"]; timeout = 4s
  void dns(const UclNode& node) {
    for (const std::size_t child : node.children) {
      const UclNode& one = file_.nodes[child];
      const Word word = wordOf("options.dns", one);
      if (one.key == "timeout") {
        // rspamd tries several times within its own limit; ours is all tries together.
        draft_.refuse(word, "one try there; [dns] timeout is all tries of a question together");
      } else if (one.key == "nameserver") {
        const DataSet set = entries(one, word);
        for (Item item : set.items) {
          if (item.text.find(':') != std::string::npos && item.text.find("://") == std::string::npos) {
            item.text = item.text.substr(item.text.find_first_not_of("abcdefghijklmnopqrstuvwxyz-:"));
          }
          draft_.item("dns", "servers", item, word);
        }
      }
    }
  }

  void actions(const UclNode& node) {
    for (const std::size_t child : node.children) {
      const UclNode& one = file_.nodes[child];
      const Word word = wordOf("dmarc.actions", one);
      const std::string_view value = one.value;
      const bool policy = one.key == "reject" || one.key == "quarantine";
      const std::string_view action = value == "reject"                                ? "reject"
                                      : value == "quarantine"                          ? "hold"
                                      : value == "add_header" || value == "add header" ? "mark"
                                      : value == "no_action" || value == "no action"   ? "accept"
                                                                                       : "";
      if (!policy || action.empty()) {
        draft_.refuse(word, "quarantine and reject each say accept, mark, hold or reject here");
        continue;
      }
      draft_.text("policy", one.key, action, word);
      draft_.text("policy", "mode", "enforce", word);
    }
  }

  void reporting(const UclNode& node, const Word& word) {
    if (node.kind != UclNode::Kind::Object) {
      if (isOn(node.value))
        return draft_.refuse(word, "[reports] org_name, email and domain say who reports");
      return draft_.same(word);
    }
    for (const std::size_t child : node.children) {
      const UclNode& one = file_.nodes[child];
      const Word inner = wordOf(word.name, one);
      if (one.key == "email" || one.key == "domain" || one.key == "org_name") {
        draft_.text("reports", one.key, one.value, inner);
        if (!draft_.has("log", "verdicts")) {
          draft_.text("log", "verdicts", "/var/log/alignd/verdicts.jsonl", inner);
        }
      } else if (one.key == "exclude_domains" || one.key == "only_domains") {
        draft_.domains("reports", one.key == "only_domains" ? "only" : "never", entries(one, inner), inner);
      } else if (one.key != "enabled") {
        draft_.refuse(inner, "reports go by [reports] smtp or sendmail; alignd-report(8) has its own bounds");
      }
    }
  }

  // What a value, an array or a map in a file lists.
  DataSet entries(const UclNode& node, const Word& word) const {
    DataSet out;
    if (node.kind == UclNode::Kind::Scalar) {
      add(node.value, {path_, node.line}, out);
    }
    for (const std::size_t child : node.children) {
      const UclNode& one = file_.nodes[child];
      if (one.kind == UclNode::Kind::Scalar) add(one.value, {path_, one.line}, out);
    }
    if (out.items.empty() && out.problem.empty())
      out.problem = cat({word.name, ": holds nothing that can be read here"});
    return out;
  }

  void add(std::string_view value, const Place& place, DataSet& out) const {
    for (const std::string_view prefix : {"fallback+", "file://"}) {
      if (value.starts_with(prefix)) value.remove_prefix(prefix.size());
    }
    if (value.find("://") != std::string_view::npos) {
      out.problem = cat({value, ": maps from elsewhere are not fetched"});
      return;
    }
    std::string path(value);
    for (const std::string_view variable :
         {"$LOCAL_CONFDIR/", "${LOCAL_CONFDIR}/", "$CONFDIR/", "${CONFDIR}/"}) {
      if (path.starts_with(variable)) path = folder_ + path.substr(variable.size());
    }
    if (!path.starts_with('/') && path.find('/') == std::string::npos) {
      out.items.push_back({path, place});
      return;
    }
    if (!path.starts_with('/') && !path.starts_with(folder_)) {  // a network
      out.items.push_back({path, place});
      return;
    }
    DataSet map = readItems(path, readFile_);
    if (!map.problem.empty()) out.problem = map.problem;
    for (Item& item : map.items) out.items.push_back(std::move(item));
  }

  std::string folder_;
  const ReadFile& readFile_;
  Draft& draft_;
  UclFile file_;
  std::string path_;
  std::size_t files_ = 0;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> translateRspamd(const std::string& folder, const ReadFile& readFile, Draft& draft) {
  return Translator(folder, readFile, draft).run();
}

}  // namespace alignd::conf::migration
