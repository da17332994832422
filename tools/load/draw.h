// Draws the key of each request, and the moment at which each request is due.
//
// Everything follows from a seed or a number, so that two runs ask the same questions. One thread at a time.
#pragma once

#include <cstdint>
#include <random>

namespace keyledger::tools::load {

// Returns the `step`th of `size` things, in an order that visits each thing once and does not follow the
// order in memory (Knuth's multiplicative hash; the factor is a prime). `size` is not 0, and below 2^31.
std::size_t scattered(std::size_t step, std::size_t size);

// Ranks from 1 to `size`, where rank k is drawn in proportion to 1/k^exponent.
//
// Rejection-inversion: W. Hörmann, G. Derflinger, "Rejection-inversion to generate variates from monotone
// discrete distributions", ACM TOMACS 6 (1996); constant time and memory for any size.
class ZipfRanks {
 public:
  // `size` is not 0 and `exponent` above 0 (ENSURE).
  ZipfRanks(std::size_t size, double exponent);

  std::size_t draw(std::mt19937_64& random) const;

 private:
  double integral(double x) const;
  double integral_inverse(double area) const;
  double density(double x) const;

  double size_;
  double exponent_;
  double area_first_;
  double area_last_;
  double shortcut_;
};

// The moments at which the requests of an open loop are due, counted from the loop's beginning. A request is
// due even if earlier requests have no answer yet.
class ArrivalSchedule {
 public:
  enum class Spacing : std::uint8_t { kFixed, kExponential };

  // `per_second` is above 0 (ENSURE).
  ArrivalSchedule(double per_second, Spacing spacing, std::uint64_t seed);

  // The moment in nanoseconds. Moments never decrease; with a fixed spacing, the first moment is 0.
  std::uint64_t due() const { return static_cast<std::uint64_t>(due_); }

  // Moves on to the next request.
  void advance();

 private:
  double interval_;
  Spacing spacing_;
  std::mt19937_64 random_;
  std::uint64_t passed_ = 0;
  double due_ = 0;
};

}  // namespace keyledger::tools::load
