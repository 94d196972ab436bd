# METADATA
# description: The calendar that change windows are read by.
package dharma.controls.organisation.windows_test

import data.dharma.controls.organisation.windows

test_seconds[text] if {
	some text, expected in {
		"1970-01-01T00:00:00Z": 0,
		"2000-02-29T23:59:59Z": 951868799,
		"2000-03-01T00:00:00Z": 951868800,
		"2026-01-01T12:00:00Z": 1767268800,
		"2026-01-01T12:00:00.5+02:00": 1767261600,
		"2100-03-01T00:00:00-05:30": 4107562200,
	}
	windows.seconds(text) == expected
}

test_weekday[text] if {
	some text, expected in {
		"1970-01-01T00:00:00Z": "Thu",
		"1969-12-28T00:00:00Z": "Sun",
		"2000-02-29T00:00:00Z": "Tue",
		"2024-02-29T00:00:00Z": "Thu",
		"2026-01-01T00:00:00Z": "Thu",
		"2026-11-22T00:00:00Z": "Sun",
		"2026-11-23T00:00:00Z": "Mon",
	}
	windows.weekday(windows.days_of(windows.seconds(text))) == expected
}

test_clock if windows.clock_of(windows.seconds("2026-11-22T08:05:59Z")) == "08:05"

test_other_texts_are_no_times if {
	every text in ["", "2026-01-01", "08:00", "soon"] { not windows.seconds(text) }
}
