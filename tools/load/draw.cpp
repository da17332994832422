#include "tools/load/draw.h"

#include <algorithm>
#include <cmath>

#include "ledger/values/ensure.h"

namespace keyledger::tools::load {
namespace {

// log(1 + x) / x and (exp(x) - 1) / x, and the limits for x near 0.
double log1p_over(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }
double expm1_over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }

// A random number in (0, 1].
double draw_unit(std::mt19937_64& random) { return (static_cast<double>(random() >> 11) + 1) * 0x1.0p-53; }

}  // namespace

std::size_t scattered(std::size_t step, std::size_t size) { return step % size * 2'654'435'761U % size; }

ZipfRanks::ZipfRanks(std::size_t size, double exponent)
    : size_(static_cast<double>(size)), exponent_(exponent) {
  ENSURE(size > 0 && exponent > 0, "a Zipf distribution has ranks and an exponent above 0");
  area_first_ = integral(1.5) - 1;
  area_last_ = integral(size_ + 0.5);
  shortcut_ = 2 - integral_inverse(integral(2.5) - density(2));
}

std::size_t ZipfRanks::draw(std::mt19937_64& random) const {
  for (;;) {
    const double area = area_last_ + draw_unit(random) * (area_first_ - area_last_);
    const double x = integral_inverse(area);
    const double rank = std::clamp(std::round(x), 1.0, size_);
    if (rank - x <= shortcut_ || area >= integral(rank + 0.5) - density(rank)) {
      return static_cast<std::size_t>(rank);
    }
  }
}

double ZipfRanks::integral(double x) const {
  const double log_x = std::log(x);
  return expm1_over((1 - exponent_) * log_x) * log_x;
}

double ZipfRanks::integral_inverse(double area) const {
  return std::exp(log1p_over(std::max(area * (1 - exponent_), -1.0)) * area);
}

double ZipfRanks::density(double x) const { return std::exp(-exponent_ * std::log(x)); }

ArrivalSchedule::ArrivalSchedule(double per_second, Spacing spacing, std::uint64_t seed)
    : interval_(1e9 / per_second), spacing_(spacing), random_(seed) {
  ENSURE(per_second > 0, "a load has a rate above 0");
  if (spacing_ == Spacing::kExponential) advance();
}

void ArrivalSchedule::advance() {
  // Computed from the count and not from the last moment, because errors would add up.
  if (spacing_ == Spacing::kFixed) {
    due_ = static_cast<double>(++passed_) * interval_;
  } else {
    due_ -= interval_ * std::log(draw_unit(random_));
  }
}

}  // namespace keyledger::tools::load
