//! What the system's own files say of this machine: how much memory is free.

/// Share of what is free that may be asked for: the rest is for everything else that runs.
const SHARE: f64 = 0.9;

/// Bytes that may be asked for now; `None` where the system does not say. Linux does, and for how much a container may take.
pub fn free_memory() -> Option<u64> {
    let of_machine = available_in(&std::fs::read_to_string("/proc/meminfo").ok()?)?;
    let number = |path: &str| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let of_container = number("/sys/fs/cgroup/memory.max")
        .zip(number("/sys/fs/cgroup/memory.current"))
        .map(|(most, used)| most.saturating_sub(used));
    let free = of_container.map_or(of_machine, |container| container.min(of_machine));
    Some((free as f64 * SHARE) as u64)
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
