#include "core/calendar_text.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "core/cases.hpp"
#include "core/store.hpp"

using namespace store_uptime;
using namespace store_uptime::test;

namespace {

constexpr Micros kHour = std::chrono::hours(1);

Calendar read(const std::string& hours) { return parse_calendar("UTC; " + hours).calendar; }
std::string reprint(const std::string& hours) { return print(parse_calendar("UTC; " + hours)).substr(5); }

// The error's message and hint, empty if there was none.
std::string complaint(const std::string& text, Errc code = Errc::syntax) {
    try {
        parse_calendar(text);
    } catch (const Error& e) {
        CHECK(e.code() == code);
        CHECK((code != Errc::syntax || !e.hint().empty()));
        return e.what();
    }
    return {};
}

// The shifts that start on a date, as the rows say.
std::set<Shift> shifts_on(const Calendar& calendar, Date d) {
    std::set<Shift> shifts;
    bool special = false;
    for (const SpecialRow& row : calendar.special) {
        if (row.date != d) continue;
        special = true;
        if (!row.shift.closed()) shifts.insert(row.shift);
    }
    if (special) return shifts;
    for (const WeeklyRow& row : calendar.weekly)
        if (row.weekday == weekday_of(d) && row.valid_on(d)) shifts.insert(row.shift);
    return shifts;
}

// A rule as the random test knows it, and what it says of a date: the meaning of opening_hours, day by day.
struct Rule {
    bool adds, off;
    std::array<bool, 7> weekdays;
    Date from, until;
    std::set<Shift> shifts;

    void apply(Date d, std::set<Shift>& open) const {
        if (!weekdays[std::chrono::weekday(d).iso_encoding() - 1] || d < from || until < d) return;
        if (!adds || off) open.clear();
        if (!off) open.insert(shifts.begin(), shifts.end());
    }
};

constexpr std::array<const char*, 7> kDays{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};

std::string text_of(Date d) {
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::chrono::year_month_day ymd{d};
    return std::to_string(static_cast<int>(ymd.year())) + " " + months[static_cast<unsigned>(ymd.month()) - 1] + " " +
           std::to_string(static_cast<unsigned>(ymd.day()));
}

std::string clock(Micros t) {
    const auto m = t / std::chrono::minutes(1);
    char text[40];
    std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(m / 60), static_cast<int>(m % 60));
    return text;
}

std::string random_dates(Random& random, Rule& rule, Date around) {
    rule.from = Date::min();
    rule.until = Date::max();
    const Date a = around + std::chrono::days(random.between(-12, 12));
    switch (random.below(6)) {
        case 0:
            rule.from = rule.until = a;
            return text_of(a) + " ";
        case 1:
            rule.from = a;
            return text_of(a) + "+ ";
        case 2:
            rule.until = a;
            return "-" + text_of(a) + " ";
        case 3:
            rule.from = a;
            rule.until = a + std::chrono::days(random.between(0, 9));
            return text_of(a) + (random.one_in(2) ? " - " : "-") + text_of(rule.until) + " ";
        default:
            return "";
    }
}

std::string random_weekdays(Random& random, Rule& rule) {
    if (random.one_in(4)) {
        rule.weekdays.fill(true);
        return "";
    }
    std::string text;
    rule.weekdays.fill(false);
    for (auto n = 1 + random.below(3); n > 0; --n) {
        if (!text.empty()) text += random.one_in(3) ? ", " : ",";
        const auto first = random.below(7), length = random.one_in(2) ? 0 : random.below(6);
        text += kDays[first];
        if (length > 0) text += std::string("-") + kDays[(first + length) % 7];
        for (std::uint64_t d = first; d <= first + length; ++d) rule.weekdays[d % 7] = true;
    }
    return text + " ";
}

std::string random_hours(Random& random, Rule& rule) {
    rule.off = random.one_in(5);
    if (rule.off) return random.of({"off", "closed", "Off"});
    std::string text;
    for (auto n = 1 + random.below(3); n > 0; --n) {
        const Micros opens = minutes(30) * random.between(0, 47);
        const Micros closes = minutes(30) * random.between(0, 48);
        const Shift shift = make_shift(opens, closes);
        rule.shifts.insert(shift);
        if (!text.empty()) text += random.one_in(3) ? ", " : ",";
        const bool beyond = shift.closes > kDay && random.one_in(2);
        text += clock(opens) + (random.one_in(5) ? " - " : "-") + clock(beyond ? shift.closes : closes);
    }
    return text;
}

}  // namespace

TEST_CASE("the contract's example reads as it says", "[calendar_text]") {
    const ZonedCalendar c = parse_calendar(
        "America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00,18:00-02:00; 2024 Jan 01-2024 Mar 31 Su 11:00-15:00; "
        "2024 Dec 25 off; 2024 Dec 24 09:00-12:00");
    CHECK(c.zone == "America/Chicago");
    const Date from = date("2024-01-01"), until = date("2024-03-31");
    std::vector<WeeklyRow> weekly;
    for (unsigned day = 0; day < 5; ++day) weekly.push_back({day, {9 * kHour, 17 * kHour}});
    weekly.push_back({5, {10 * kHour, 14 * kHour}});
    weekly.push_back({5, {18 * kHour, 26 * kHour}});
    weekly.push_back({6, {11 * kHour, 15 * kHour}, from, until});
    CHECK(c.calendar.weekly == weekly);
    CHECK(c.calendar.special ==
          std::vector<SpecialRow>{{date("2024-12-24"), {9 * kHour, 12 * kHour}}, {date("2024-12-25"), {}}});
    CHECK(print(c) ==
          "America/Chicago; Mo-Fr 09:00-17:00; Sa 10:00-14:00,18:00-02:00; 2024 Jan 01-2024 Mar 31 Su 11:00-15:00; "
          "2024 Dec 24 09:00-12:00; 2024 Dec 25 off");
    CHECK(parse_calendar("America/Chicago; 24/7").calendar == Calendar::around_the_clock());
}

TEST_CASE("the canonical text", "[calendar_text]") {
    CHECK(reprint("24/7") == "24/7");
    CHECK(reprint("00:00-24:00") == "24/7");
    CHECK(reprint("Mo-Su 00:00-00:00") == "24/7");
    CHECK(reprint("off") == "off");
    CHECK(reprint("closed; 2024 Dec 24 off") == "2024 Dec 24 off");
    CHECK(reprint("Su,Mo,Tu,Fr-Sa 9:00-12:00") == "Mo,Tu,Fr-Su 09:00-12:00");
    CHECK(reprint("Sa-Mo 10:00-12:00") == "Mo,Sa,Su 10:00-12:00");
    CHECK(reprint("12:00-12:00") == "Mo-Su 12:00-12:00");
    CHECK(reprint("Mo 18:00-26:00") == "Mo 18:00-02:00");
    CHECK(reprint("Mo 08:00-34:00") == "Mo 08:00-34:00");
    CHECK(reprint("Mo 24:00-24:00") == "Mo 24:00-48:00");
    CHECK(reprint("Mo 09:00:30.5-17:00:00.000001") == "Mo 09:00:30.5-17:00:00.000001");
    CHECK(reprint("Mo 14:00-16:00,10:00-12:00, 10:00-12:00") == "Mo 10:00-12:00,14:00-16:00");
    CHECK(reprint("Mo") == "Mo 00:00-24:00");
    CHECK(reprint("2024 Dec 24") == "2024 Dec 24 00:00-24:00");
    CHECK(reprint("2024 Feb Mo 10:00-12:00") == "2024 Feb 01-2024 Feb 29 Mo 10:00-12:00");
    CHECK(reprint("2024-2025 Mo 10:00-12:00") == "2024 Jan 01-2025 Dec 31 Mo 10:00-12:00");
    CHECK(reprint("2024 Jan-Mar Mo 10:00-12:00") == "2024 Jan 01-2024 Mar 31 Mo 10:00-12:00");
    CHECK(reprint("2024 Dec 24-26 10:00-12:00") == "2024 Dec 24-2024 Dec 26 Mo-Su 10:00-12:00");
    CHECK(reprint("2024 Dec 24,2024 Dec 31 off") == "2024 Dec 24 off; 2024 Dec 31 off");
    CHECK(reprint("2024 Dec 24-2024 Dec 24 Tu 10:00-12:00") == "2024 Dec 24-2024 Dec 24 Tu 10:00-12:00");
    CHECK(reprint("2024 Jan 08+ Mo 10:00-12:00; -2023 Dec 31 Mo 09:00-11:00") ==
          "-2023 Dec 31 Mo 09:00-11:00; 2024 Jan 08+ Mo 10:00-12:00");
    CHECK(parse_calendar("  Central Standard Time  ;24/7").zone == "Central Standard Time");
}

TEST_CASE("a later rule replaces, and what it replaces stays valid around it", "[calendar_text]") {
    CHECK(reprint("Mo-Fr 10:00-16:00; We 12:00-18:00") == "Mo,Tu,Th,Fr 10:00-16:00; We 12:00-18:00");
    CHECK(reprint("Mo-Fr 10:00-16:00, We 12:00-18:00") == "Mo,Tu,Th,Fr 10:00-16:00; We 10:00-16:00,12:00-18:00");
    CHECK(reprint("Mo-Fr 10:00-16:00; We off") == reprint("Mo-Fr 10:00-16:00, We off"));
    CHECK(reprint("Mo 10:00-16:00; 2024 Jan 01-2024 Mar 31 Mo 11:00-15:00") ==
          "-2023 Dec 31 Mo 10:00-16:00; 2024 Jan 01-2024 Mar 31 Mo 11:00-15:00; 2024 Apr 01+ Mo 10:00-16:00");
    CHECK(reprint("Mo 10:00-16:00, 2024 Jan 01-2024 Mar 31 Mo 11:00-15:00") ==
          "Mo 10:00-16:00, 2024 Jan 01-2024 Mar 31 Mo 11:00-15:00");
    // Split by a rule that says the same, it is whole again.
    CHECK(reprint("Mo 10:00-16:00; 2024 Jan 01+ Mo 10:00-16:00") == "Mo 10:00-16:00");
    // Special days give way to a later rule for their days, and take its addition.
    CHECK(reprint("2024 Dec 25 off; We 10:00-12:00") == "We 10:00-12:00");
    CHECK(reprint("2024 Dec 25 off; Th 10:00-12:00") == "Th 10:00-12:00; 2024 Dec 25 off");
    CHECK(reprint("2024 Dec 25 off, We 10:00-12:00") == "We 10:00-12:00; 2024 Dec 25 10:00-12:00");
    CHECK(reprint("We 10:00-12:00, 2024 Dec 25 14:00-16:00") ==
          "We 10:00-12:00; 2024 Dec 25 10:00-12:00,14:00-16:00");
    CHECK(reprint("Mo 10:00-12:00; 2024 Dec 25 Mo 10:00-12:00") == "Mo 10:00-12:00");
}

TEST_CASE("rules mean what they say of each day, one after the other", "[calendar_text]") {
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        Random random(seed);
        const Date around = date("2024-02-29");
        std::vector<Rule> rules;
        std::string text = "Asia/Kolkata";
        for (auto n = 1 + random.below(5); n > 0; --n) {
            Rule rule{};
            const std::string dates = random_dates(random, rule, around), weekdays = random_weekdays(random, rule);
            // Hours after hours would be more of the same rule.
            rule.adds = !rules.empty() && random.one_in(2) && (!dates.empty() || !weekdays.empty());
            text += (rule.adds ? ", " : "; ") + dates + weekdays + random_hours(random, rule);
            rules.push_back(rule);
        }
        INFO("seed " << seed << " " << text);
        const ZonedCalendar read = parse_calendar(text);
        for (int day = -30; day <= 30; ++day) {
            const Date d = around + std::chrono::days(day);
            std::set<Shift> wanted;
            for (const Rule& rule : rules) rule.apply(d, wanted);
            INFO("date " << show(WallClock(d)) << " of " << print(read));
            REQUIRE(shifts_on(read.calendar, d) == wanted);
        }
        REQUIRE(parse_calendar(print(read)) == read);
    }
}

TEST_CASE("a printed calendar reads as itself, whatever its rows", "[calendar_text]") {
    for (std::uint64_t seed = 1; seed <= 4000; ++seed) {
        Random random(seed);
        ZonedCalendar c{"Europe/Berlin", random_calendar(random, date("2024-02-29"))};
        c.normalise();
        const std::string text = print(c);
        INFO("seed " << seed << " " << text);
        REQUIRE(parse_calendar(text) == c);
        REQUIRE(print(parse_calendar(text)) == text);
    }
}

TEST_CASE("errors point at the character", "[calendar_text]") {
    const auto says = [](const char* text, const char* what, const char* where) {
        const std::string said = complaint(text);
        INFO(text << " -> " << said);
        CHECK(said.find(what) != std::string::npos);
        CHECK(said.find(where) != std::string::npos);
    };
    says("", "time zone", "at its end");
    says("  ; 24/7", "time zone", "character 3");
    says("America/Chicago", "\";\"", "at its end");
    says("America/Chicago;", "a rule", "at its end");
    says("UTC; Mo-Fr 09:00", "closing time", "at its end");
    says("UTC; Mo-Xx 09:00-17:00", "weekday", "character 9, \"Xx 09:00-17:00\"");
    says("UTC; PH off", "weekdays", "character 6, \"PH off\"");
    says("UTC; Mo 9-17", "time of day", "character 9");
    says("UTC; Mo 25:00-49:00", "48:00", "character 15");
    says("UTC; Mo 09:60-10:00", "minutes", "character 9");
    says("UTC; Mo 30:00-29:30", "next day", "character 9");
    says("UTC; Mo 09:00-17:00 off", "another rule", "character 21, \"off\"");
    says("UTC; Mo 09:00-17:00;", "a rule", "at its end");
    says("UTC; Mo 09:00-17:00,", "a rule", "at its end");
    says("UTC; Mo,, Tu 09:00-17:00", "a rule", "character 9, \", Tu 09:00-17:00\"");
    says("UTC; 2023 Feb 29 off", "no such date", "character 6");
    says("UTC; 2024 Dec 32 off", "no such date", "character 6");
    says("UTC; 0000 Dec 31 off", "no such date", "character 6");
    says("UTC; 2024 Dec 25-2024 Dec 24 off", "before it begins", "character 6");
    says("UTC; 2024 Dec 25-2025 off", "month", "character 23");
    says("UTC; 24 Dec 25 off", "four digits", "character 8");
    says("UTC; 24/7 off", "another rule", "character 11");
    says("UTC; Mo 24/7", "time of day", "character 9");
    says("UTC; Dec 25 off", "weekdays", "character 6, \"Dec 25 off\"");
    says("UTC; \xc3\xbc", "a rule", "character 6, \"\xc3\xbc\"");
    says("Mö/x; Mo 1:00-x", "time of day", "character 15");
}

TEST_CASE("zone names that text could not give back are refused", "[calendar_text]") {
    CHECK_FALSE(complaint("A\x01/B; 24/7", Errc::unknown_zone).empty());
    CHECK_FALSE(complaint(std::string(256, 'x') + "; 24/7", Errc::unknown_zone).empty());
    CHECK_THROWS_AS((ZonedCalendar{"a;b", {}}.normalise()), Error);
    CHECK_THROWS_AS((ZonedCalendar{" UTC", {}}.normalise()), Error);
    CHECK_THROWS_AS((ZonedCalendar{"", {}}.normalise()), Error);
    CHECK_NOTHROW((ZonedCalendar{"Central Standard Time", {}}.normalise()));
}

TEST_CASE("a text of too many rules or rows is refused, not worked on for ever", "[calendar_text]") {
    std::string rules = "UTC", days = "UTC";
    for (int i = 0; i < 20'000; ++i) {
        rules += "; Mo 10:00-12:00";
        days += ", " + std::to_string(1000 + i / 12 % 9000) + " " + "Jan " + std::to_string(1 + i % 28) + " off";
    }
    days[3] = ';';
    CHECK_FALSE(complaint(rules, Errc::too_large).empty());
    CHECK_FALSE(complaint(days, Errc::too_large).empty());
    std::string bomb = "UTC";
    for (int i = 0; i < 5'000; ++i) bomb += "; 2024 Jan " + std::to_string(1 + i % 31) + "+ 10:00-12:00,11:00-13:00";
    complaint(bomb, Errc::too_large);
    std::string dates = "UTC; Mo 09:00-10:00; 2024", hours = "UTC; Mo 09:00-10:00";
    for (std::size_t i = 0; i < kMaxCalendarRows; ++i) dates += ",2024", hours += ",09:00-10:00";
    complaint(dates + " off", Errc::too_large);
    complaint(hours, Errc::too_large);
    Calendar many;
    for (int i = 0; i < 9'999; ++i) many.special.push_back({date("2000-01-01") + std::chrono::days(i), {}});
    ZonedCalendar c{"UTC", many};
    CHECK(parse_calendar(print(c.normalise())) == c);
}

TEST_CASE("text of any kind is read or refused", "[calendar_text]") {
    const std::string pieces[] = {"Mo", "-",  ",",     ";",    " ",  "off",   "24/7", "10:00", "12:00", "2024",
                                  "Jan", "25", "Su",   "+",    "48:00", "Dec", ":",   "0",     "x",     "\xc3\xbc",
                                  "We-Mo", "10:00-12:00", "2024 Jan 01", "2024 Feb 01-2024 Mar 03", "closed", "."};
    int good = 0;
    for (std::uint64_t seed = 1; seed <= 30'000; ++seed) {
        Random random(seed);
        std::string text = random.one_in(20) ? "" : "UTC; ";
        for (auto n = random.below(12); n > 0; --n) text += pieces[random.below(std::size(pieces))];
        INFO("seed " << seed << " " << text);
        try {
            const ZonedCalendar read = parse_calendar(text);
            ++good;
            REQUIRE(parse_calendar(print(read)) == read);
        } catch (const Error& e) {
            REQUIRE((e.code() == Errc::syntax || e.code() == Errc::too_large || e.code() == Errc::unknown_zone));
        }
    }
    CHECK(good > 300);
}

// --- the opening_hours package's own tests ------------------------------------------------------------------------

TEST_CASE("D: hours of a week in Berlin", "[conformance]") {
    struct Row {
        const char* hours;
        double open;
        std::size_t intervals;  // 0: not told
    };
    const auto row = GENERATE(values<Row>({
        {"Mo-Su 10:00-12:00", 14, 7},
        {"10:00-11:00,11:00-12:00", 14, 7},
        {"10:00-12:00,10:30-11:30", 14, 7},
        {"Mo-Su 22:00-02:00", 28, 8},
        {"We 22:00-02:00", 4, 1},
        {"We 22:00-22:00", 24, 1},
        {"Su-Tu 11:00-01:00; We-Th 11:00-03:00; Fr 11:00-06:00; Sa 11:00-07:00", 113, 0},
        {"Mo-Fr 10:00-16:00; We 12:00-18:00", 30, 5},
        {"Mo-Fr 10:00-16:00, We 12:00-18:00", 32, 5},
        {"00:00-24:00", 168, 1},
        {"00:00-00:00", 168, 1},
        {"12:00-12:00", 168, 1},
        {"24/7", 168, 1},
    }));
    Store store("Europe/Berlin", "2012-09-01", "2012-11-01");
    store.calendar = parse_calendar(std::string("Europe/Berlin; ") + row.hours).calendar;
    const Interval week = store.between("2012-10-01", "2012-10-08");
    const IntervalSet open = sessions(store.calendar.view(), store.zone.view(), week);
    INFO(row.hours << " " << show(open));
    CHECK(measure(open) == minutes(60 * row.open));
    if (row.intervals > 0) CHECK(open.size() == row.intervals);
    if (std::string_view(row.hours) == "Mo-Su 22:00-02:00")
        CHECK(open.front() == store.between("2012-10-01 00:00", "2012-10-01 02:00"));
}

TEST_CASE("D: weeks around Christmas and the new year", "[conformance]") {
    Store store("Europe/Berlin", "2021-12-01", "2022-02-01");
    store.calendar = parse_calendar(
                         "Europe/Berlin; Mo-Fr 09:00-18:00; Sa 10:00-15:00; 2021 Dec 24-2021 Dec 31 Mo-Fr 10:00-13:00; "
                         "2021 Dec 25,2021 Dec 26 off; 2022 Jan 01+ Mo-Fr 10:00-18:00")
                         .calendar;
    const auto hours = [&](const char* from, const char* to) { return store.open_time(store.between(from, to)) / kHour; };
    CHECK(hours("2021-12-13", "2021-12-20") == 50);
    CHECK(hours("2021-12-20", "2021-12-27") == 39);
    CHECK(hours("2021-12-27", "2022-01-03") == 20);
    CHECK(hours("2022-01-03", "2022-01-10") == 45);
}

TEST_CASE("D: one day only", "[conformance]") {
    const Calendar calendar = read("2024 Jun 12 00:00-24:00");
    const ZoneTable zone = fixed_zone(Micros{0});
    const IntervalSet open = sessions(calendar.view(), zone.view(), {utc("2024-01-01"), utc("2025-01-01")});
    REQUIRE(open.size() == 1);
    CHECK(open[0].from.time_since_epoch() == std::chrono::seconds(1'718'150'400));
    CHECK(open[0].to.time_since_epoch() == std::chrono::seconds(1'718'236'800));
}
