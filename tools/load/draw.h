// What a load asks about, and when: which key is next, and at what moment a request is due.
//
// Everything comes from a seed or from a number, so that two runs ask the same. One thread at a time.
#pragma once

#include <cstdint>
#include <random>

namespace keyledger::tools::load {

// The `step`th of `size` things, in an order that visits each once and does not go along with memory (Knuth's
// multiplicative hash; its factor is a prime). `size` is not 0, and below 2^31.
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

// The moments at which the requests of an open loop are due, counted from its beginning: a request is due
// whether or not those before it have been answered.
class ArrivalSchedule {
 public:
  enum class Spacing : std::uint8_t { kFixed, kExponential };

  // `per_second` is above 0 (ENSURE).
  ArrivalSchedule(double per_second, Spacing spacing, std::uint64_t seed);

  // In nanoseconds, never decreasing; the first is 0 if the spacing is fixed.
  std::uint64_t due() const { return static_cast<std::uint64_t>(due_); }

  // Goes on to the next one.
  void advance();

 private:
  double interval_;
  Spacing spacing_;
  std::mt19937_64 random_;
  std::uint64_t passed_ = 0;
  double due_ = 0;
};

}  // namespace keyledger::tools::load
