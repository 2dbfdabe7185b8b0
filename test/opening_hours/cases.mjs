// Random calendars and weeks, with what the npm package opening_hours says is open.
//
//   TZ=<zone> node cases.mjs <zone> <seed> <count>
//
// prints a case a line, tab-separated: calendar text, week as a range, open time as a multirange. The package reckons in
// the process's own time zone, hence TZ. Left out is what the manual says we do otherwise: no row's edge lies in an hour
// that is skipped or repeated, no night comes in a week with such an hour (there the package counts hours from midnight,
// not by the clock), and days are replaced only in calendars without nights.
import { createRequire } from 'node:module';
const OpeningHours = createRequire(import.meta.url)('opening_hours');

const [zone, seed, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

// xorshift32: the same cases on any machine.
let state = seed * 2654435761 >>> 0 || 1;
const random = (n) => {
    state ^= state << 13; state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5; state >>>= 0;
    return state % n;
};
const pick = (list) => list[random(list.length)];

const weekdays = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n) => String(n).padStart(2, '0');
const clock = (minutes) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

// Clocks change between midnight and four, so no row begins or ends there, but at midnight.
const evening = () => 300 + 15 * random((24 * 60 - 300) / 15);  // 05:00 to 23:45
const span = (nights) => {
    const from = evening();
    if (nights && random(3) === 0) return [from, pick([0, 300, 330, 360]) + 1440];
    const to = Math.min(from + 30 + 15 * random(40), 1440);
    return [from, to];
};
const spans = (nights) => {
    const list = [span(nights)];
    if (random(3) === 0) list.push(span(nights));
    return list.map(([from, to]) => `${clock(from)}-${to === 1440 ? '24:00' : clock(to % 1440)}`).join(',');
};
const days = () => {
    const one = () => random(2) ? `${pick(weekdays)}-${pick(weekdays)}` : pick(weekdays);
    return random(4) === 0 ? `${one()},${one()}` : one();
};

// Nights: rows may run past midnight. Their rules add to each other, for what replaces a day here leaves it the tail of
// the night before, and there does not.
function nightRules() {
    const rest = weekdays.filter(() => random(5) > 0);
    const list = [];
    while (rest.length > 0) list.push(`${rest.splice(0, 1 + random(4)).join(',')} ${spans(true)}`);
    return list.length > 0 ? list.join(', ') : `Mo-Su ${spans(true)}`;
}

// Days: later rules replace, add to or close what earlier ones said, and so do special days.
function dayRules(date) {
    const always = random(12) === 0;
    let text = always ? '24/7' : `${random(6) === 0 ? '' : days() + ' '}${spans(false)}`;
    for (let n = random(3); n > 0; --n) {
        const hours = random(5) === 0 ? 'off' : spans(false);
        text += `${random(3) === 0 && hours !== 'off' && !always ? ', ' : '; '}${days()} ${hours}`;
    }
    for (let n = random(3); n > 0; --n) {
        const day = new Date(date.getTime() + random(7) * 86400000);
        text += `; ${day.getFullYear()} ${months[day.getMonth()]} ${two(day.getDate())} ${random(2) ? 'off' : spans(false)}`;
    }
    return text;
}

// Touching intervals are one.
function joined(intervals) {
    const list = [];
    for (const [from, to] of intervals)
        if (list.length > 0 && list.at(-1)[1] >= from.getTime()) list.at(-1)[1] = Math.max(list.at(-1)[1], to.getTime());
        else list.push([from.getTime(), to.getTime()]);
    return list;
}

const range = (from, to) => `[${new Date(from).toISOString()},${new Date(to).toISOString()})`;

for (let n = 0; n < count; ++n) {
    const from = new Date(2019 + random(8), random(12), 1 + random(28), random(24), 0);
    const to = new Date(from.getTime() + (1 + random(14 * 24)) * 3600000);
    const offset = (day) => new Date(from.getTime() + day * 86400000).getTimezoneOffset();
    const changes = Array.from({ length: 18 }, (_, day) => offset(day - 2)).some((o) => o !== offset(-2));
    const text = random(2) && !changes ? nightRules() : dayRules(from);
    const open = joined(new OpeningHours(text, null).getOpenIntervals(from, to));
    console.log([`${zone}; ${text}`, range(from, to), `{${open.map(([a, b]) => range(a, b)).join(',')}}`].join('\t'));
}
