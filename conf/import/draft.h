// An alignd.toml that is being made: every value with where it comes from, and what was not taken over with the reason.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/import/data_set.h"
#include "conf/import/keyword.h"

namespace alignd::conf::migration {

class Draft {
 public:
  // Values as the program before wrote them; texts of any octets.
  void text(std::string_view section, std::string_view key, std::string_view value, const Word& from);
  void flag(std::string_view section, std::string_view key, bool value, const Word& from);
  void number(std::string_view section, std::string_view key, std::string_view digits, const Word& from);
  /// One more entry of a list.
  void item(std::string_view section, std::string_view key, const Item& item, const Word& from);

  /// A rule that accepts by one list.
  void acceptRule(std::string_view name, std::string_view list, const std::vector<Item>& items,
                  const Word& from);

  /// An authserv-id: the first is ours, others are additional.
  void authservId(const Word& from);
  /// Seconds; of several the largest counts.
  void dnsTimeout(const Word& from);
  /// Networks of hosts; names and everybody are refused, an exception takes away what it is an exception of.
  void networks(std::string_view key, const DataSet& set, const Word& from);
  /// A list of domains.
  void domains(std::string_view section, std::string_view key, const DataSet& set, const Word& from);
  void syslog(const Word& from);
  /// inet and inet6 sockets; others stay where they are.
  void socket(const Word& from, std::string_view reason);

  /// Nothing to set: alignd does so anyway.
  void same(const Word& from, std::string_view reason = "so it is here without a setting");
  /// Not taken over.
  void refuse(const Word& from, std::string_view reason);
  /// By its row of the table: the reason of what becomes no setting. An unknown name is one, too.
  void refuse(const Word& from, std::span<const Keyword> keywords);
  /// A remark in front of all.
  void remark(std::string text) { remarks_.push_back(std::move(text)); }

  bool has(std::string_view section, std::string_view key) const;
  std::size_t refused() const;

  /// The file. Everything in it is taken by conf::parse: what that refuses became a refusal before.
  std::string finish(const std::vector<std::string>& sources);

 private:
  struct Entry {
    std::string value;  // TOML
    Word from;
  };
  struct Key {
    std::string section;
    std::string name;
    bool isList = false;
    std::vector<Entry> entries;  // one, unless it is a list
  };
  struct Rule {
    std::string name;
    std::string list;
    std::vector<Entry> entries;
  };
  struct Refusal {
    Word word;
    std::string reason;
    bool same = false;  // nothing was lost
  };
  // Of one line of the text: which entry stands there; one beyond the last for all of them.
  struct Line {
    bool rule = false;
    std::size_t key = 0;
    std::size_t entry = 0;
  };

  Key* find(std::string_view section, std::string_view key);
  void set(std::string_view section, std::string_view key, std::string value, const Word& from);
  bool quotable(std::string_view value, const Word& from);
  std::string body(std::map<unsigned, Line>* lines) const;
  std::string refusalsText(bool same, std::string_view title) const;
  bool dropRefused();

  std::vector<Key> keys_;
  std::vector<Rule> rules_;
  std::vector<Refusal> refusals_;
  std::vector<std::string> remarks_;
};

}  // namespace alignd::conf::migration
