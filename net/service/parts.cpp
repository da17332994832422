#include "net/service/parts.h"

#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

namespace keyledger::net {

void post_home(const ServiceParts& parts, Publications::Step step) {
  boost::asio::post(parts.executor, [&publications = parts.publications, step = std::move(step)]() mutable {
    std::vector<Publications::Step> steps;
    steps.push_back(std::move(step));
    publications.add({}, std::move(steps));
  });
}

}  // namespace keyledger::net
