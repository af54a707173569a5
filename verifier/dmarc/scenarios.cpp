#include "verifier/dmarc/scenarios.h"

#include <algorithm>
#include <array>

namespace alignd::dmarc {

namespace {

constexpr std::array<Sight, 4> kSights{Sight::Nothing, Sight::Record, Sight::PsdNo, Sight::PsdYes};

// One name: where it stands in the plans of the two walks.
struct Step {
  std::optional<std::size_t> author;
  std::optional<std::size_t> identifier;
  Knowledge knowledge;
};

// The names of both walks, longest first, shared ones once: each walk sees its own in its own order.
std::vector<Step> mergeSteps(const KnownWalk& author, const KnownWalk* identifier) {
  std::vector<Step> steps;
  std::size_t a = 0;
  std::size_t i = 0;
  const std::size_t others = identifier == nullptr ? 0 : identifier->plan.names.size();
  while (a < author.plan.names.size() || i < others) {
    const dns::Name* own = a < author.plan.names.size() ? &author.plan.names[a] : nullptr;
    const dns::Name* other = i < others ? &identifier->plan.names[i] : nullptr;
    const std::size_t ownLabels = own == nullptr ? 0 : own->labelCount();
    const std::size_t otherLabels = other == nullptr ? 0 : other->labelCount();
    const bool shared = own != nullptr && other != nullptr && *own == *other;
    Step step;
    if (own != nullptr && (shared || ownLabels >= otherLabels)) {
      step.author = a;
      step.knowledge = author.names[a++];
    }
    if (other != nullptr && (shared || !step.author)) {
      step.identifier = i;
      step.knowledge = identifier->names[i++];
    }
    steps.push_back(step);
  }
  return steps;
}

void sortDistinct(auto& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

class Explorer {
 public:
  Explorer(const KnownWalk& author, const KnownWalk* identifier) : author_(author), identifier_(identifier) {}

  std::optional<std::vector<Scenario>> run() {
    const std::vector<Step> steps = mergeSteps(author_, identifier_);
    std::vector<Scenario> scenarios{Scenario(1)};
    for (const Step& step : steps) {
      std::vector<Scenario> next;
      for (const Scenario& scenario : scenarios) extend(scenario, step, next);
      sortDistinct(next);
      if (next.size() > kMaxScenarios) return std::nullopt;
      scenarios = std::move(next);
    }
    return scenarios;
  }

 private:
  void extend(const Scenario& scenario, const Step& step, std::vector<Scenario>& out) const {
    switch (step.knowledge.kind) {
      case Knowledge::Kind::Known:
        out.push_back(scenario);
        for (WalkPair& pair : out.back()) see(pair, step, step.knowledge.sight);
        sortDistinct(out.back());
        break;
      case Knowledge::Kind::Failed: {
        Scenario all;
        for (const Sight sight : kSights) {
          for (WalkPair pair : scenario) {
            see(pair, step, sight);
            all.push_back(pair);
          }
        }
        sortDistinct(all);
        out.push_back(std::move(all));
        break;
      }
      case Knowledge::Kind::Missing:
        for (const Sight sight : kSights) {
          out.push_back(scenario);
          for (WalkPair& pair : out.back()) see(pair, step, sight);
          sortDistinct(out.back());
        }
        break;
    }
  }

  void see(WalkPair& pair, const Step& step, Sight sight) const {
    if (step.author) pair.author.see(author_.plan, *step.author, sight);
    if (step.identifier) pair.identifier.see(identifier_->plan, *step.identifier, sight);
  }

  const KnownWalk& author_;
  const KnownWalk* identifier_;
};

// Each walk sees its own names in their order; that some are shared makes no difference when all are known.
bool follow(const KnownWalk& walk, Walk& out) {
  for (std::size_t i = 0; i < walk.names.size(); ++i) {
    if (walk.names[i].kind != Knowledge::Kind::Known) return false;
    out.see(walk.plan, i, walk.names[i].sight);
  }
  return true;
}

}  // namespace

std::optional<WalkPair> followKnown(const KnownWalk& author, const KnownWalk* identifier) {
  WalkPair pair;
  if (!follow(author, pair.author)) return std::nullopt;
  if (identifier != nullptr && !follow(*identifier, pair.identifier)) return std::nullopt;
  return pair;
}

std::optional<std::vector<Scenario>> explore(const KnownWalk& author, const KnownWalk* identifier) {
  return Explorer(author, identifier).run();
}

}  // namespace alignd::dmarc
