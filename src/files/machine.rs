//! What the system's own files say of this machine: how much memory is free.

/// Share of what is free that may be asked for: the rest is for everything else that runs.
const SHARE: f64 = 0.9;

/// Bytes that may be asked for now; `None` where the system does not say. Linux does, and for how much a container may take.
pub fn free_memory() -> Option<u64> {
    let of_machine = available_in(&std::fs::read_to_string("/proc/meminfo").ok()?)?;
    let free = free_in_container().map_or(of_machine, |container| container.min(of_machine));
    Some((free as f64 * SHARE) as u64)
}

/// Bytes that a container may still take; `None` where there is no limit. Copies of files that were not used lately make
/// room when it is needed.
fn free_in_container() -> Option<u64> {
    let read = |name: &str| std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{name}")).ok();
    let number = |name: &str| read(name)?.trim().parse::<u64>().ok();
    let (most, used) = (number("max")?, number("current")?);
    let copies = read("stat").and_then(|text| text.lines().find_map(|line| line.strip_prefix("inactive_file ")?.parse().ok()));
    Some(most.saturating_sub(used.saturating_sub(copies.unwrap_or(0))))
}

/// Bytes that are available by a text such as `/proc/meminfo`.
fn available_in(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::available_in;

    #[test]
    fn what_is_available_is_read_and_nothing_is_guessed() {
        assert_eq!(available_in("MemTotal: 9 kB\nMemAvailable:   1234 kB\n"), Some(1234 * 1024));
        for text in ["", "MemFree: 9 kB", "MemAvailable: many kB", "MemAvailable: 18446744073709551615 kB", "MemAvailable: 5"] {
            assert_eq!(available_in(text), None, "{text}");
        }
    }
}
