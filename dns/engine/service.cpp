#include "dns/engine/service.h"

namespace alignd::dns {

Service::Service(const Options& options)
    : engine_(std::make_shared<Engine>(options.engine)),
      table_(std::make_shared<AnswerTable>(options.table, engine_)) {
  engine_->start(*table_);
}

Service::~Service() {
  stop();
}

void Service::stop() noexcept {
  engine_->stop();
  table_->stop();
}

}  // namespace alignd::dns
