/* SPDX-License-Identifier: Apache-2.0
 *
 * test_device_words.c - facts about a device become a state, a reason and the commands that mend it; and what udev and /proc tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "drivers/devices.h"

#include <fcntl.h>
#include <stdbool.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static tg_device device(const char *driver, const char *serial)
{
	tg_device one = { .driver = driver, .vendor = 0x1a86, .product = 0xe026, .port = "1-1.4", .name = "usb-1a86:e026-at-1-1.4",
		.node = "/dev/bus/usb/001/004" };

	snprintf(one.serial, sizeof(one.serial), "%s", serial);
	if (strcmp(driver, "serial") == 0) {
		one.vendor = one.product = 0;
		one.port[0] = '\0';
		strcpy(one.name, "/dev/ttyUSB0");
		strcpy(one.node, "/dev/ttyUSB0");
	}
	return one;
}

#define RULE "echo 'SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", ATTR{idVendor}==\"1a86\", ATTR{idProduct}==\"e026\", "
#define LOCAL "' >> /etc/udev/rules.d/60-tillgate-local.rules"
#define RELOAD "udevadm control --reload && udevadm trigger --action=add /sys/bus/usb/devices/1-1.4"

static const tg_device_facts good = { .may = true, .user = "user tillgate", .owner = "root", .group = "tillgate", .mode = 0660, .kernel = "usbhid" };

static void a_path_with_a_backslash_stands_in_the_configuration_as_it_is_read_there(void **state)
{
	static const struct {
		const char *text, *quoted;
	} cases[] = {
		{ "/dev/ttyUSB0", "/dev/ttyUSB0" },
		{ "/dev/serial/by-id/usb-A\\x20B-if00", "/dev/serial/by-id/usb-A\\\\x20B-if00" }, /* as udev writes a blank */
		{ "a\"b$c", "a\\\"b\\$c" },
		{ "", "" },
	};
	char out[190], short_one[4];

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_device_quote(out, sizeof(out), cases[i].text);
		assert_string_equal(out, cases[i].quoted);
	}
	tg_device_quote(short_one, sizeof(short_one), "$$$$");
	assert_string_equal(short_one, "\\$"); /* never half a sign */
}

static void without_rights_the_rule_for_this_very_device_is_given(void **state)
{
	static const struct {
		const char *driver, *serial, *tillgate;
		uint16_t vendor;
		mode_t mode;
		const char *group, *fix[2];
	} cases[] = {
		{ "hid-pos", "S1", "", 0x1a86, 0664, "root", { RULE "ATTR{serial}==\"S1\", ENV{TILLGATE}=\"scanner\"" LOCAL, RELOAD } },
		{ "wedge", "", "", 0x1a86, 0664, "root", { RULE "KERNEL==\"1-1.4\", ENV{TILLGATE}=\"wedge\"" LOCAL, RELOAD } },
		/* a serial number that a shell or udev would read as its own is not used */
		{ "wedge", "S*'1", "", 0x1a86, 0664, "root", { RULE "KERNEL==\"1-1.4\", ENV{TILLGATE}=\"wedge\"" LOCAL, RELOAD } },
		/* the rule is there and was not applied */
		{ "wedge", "", "wedge", 0x1a86, 0664, "root", { RELOAD, NULL } },
		/* the rule was applied, and the user is not in the group */
		{ "hid-pos", "", "scanner", 0x1a86, 0660, "scanners", { "usermod --append --groups scanners tillgate", "systemctl restart tillgated" } },
		{ "serial", "", "", 0, 0660, "dialout", { "usermod --append --groups dialout tillgate", "systemctl restart tillgated" } },
		{ "serial", "", "", 0, 0600, "root",
			{ "echo 'SUBSYSTEM==\"tty\", KERNEL==\"ttyUSB0\", GROUP=\"dialout\", MODE=\"0660\"" LOCAL,
				"udevadm control --reload && udevadm trigger --action=add /sys/class/tty/ttyUSB0" } },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_device one = device(cases[i].driver, cases[i].serial);
		tg_device_facts facts = good;
		char why[240];

		facts.may = false;
		facts.mode = cases[i].mode;
		facts.group = cases[i].group;
		strcpy(facts.udev.tillgate, cases[i].tillgate);
		if (strcmp(cases[i].driver, "serial") == 0)
			facts.kernel = "";
		tg_device_explain(&one, &facts);
		assert_string_equal(tg_device_state_name(one.state), "no-rights");
		snprintf(why, sizeof(why), "user tillgate has no right to open %s, which is root:%s %04o", one.node, facts.group, (unsigned)facts.mode);
		assert_string_equal(one.why, why);
		for (size_t n = 0; n < 2 && cases[i].fix[n] != NULL; n++)
			assert_string_equal(one.fix[n], cases[i].fix[n]);
		assert_int_equal(one.fix_count, cases[i].fix[1] != NULL ? 2 : 1);
	}
}

static void a_busy_port_says_who_has_it(void **state)
{
	static const struct {
		const char *name;
		int pid;
		const char *why, *fix;
	} cases[] = {
		{ "agetty", 712, "agetty (process 712) has it open", "systemctl disable --now serial-getty@ttyUSB0" },
		{ "pos", 9, "pos (process 9) has it open", "end that program, or set it to another device: one program at a time" },
		{ "", 0, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_device one = device("serial", "");
		tg_device_facts facts = good;

		facts.kernel = "";
		one.holder.pid = cases[i].pid;
		strcpy(one.holder.name, cases[i].name);
		tg_device_explain(&one, &facts);
		assert_string_equal(tg_device_state_name(one.state), cases[i].pid > 0 ? "in-use" : "free");
		if (cases[i].why != NULL)
			assert_string_equal(one.why, cases[i].why);
		if (cases[i].fix != NULL)
			assert_string_equal(one.fix[0], cases[i].fix);
	}
}

static void an_interface_that_a_program_has_is_busy_whoever_it_is(void **state)
{
	tg_device one = device("hid-pos", "");
	tg_device_facts facts = good;

	(void)state;
	facts.kernel = "usbfs";
	facts.may = false; /* rights are not the trouble */
	tg_device_explain(&one, &facts);
	assert_string_equal(tg_device_state_name(one.state), "in-use");
	assert_string_equal(one.fix[0], "fuser -v /dev/bus/usb/001/004");
}

static void the_kernels_console_is_no_scanners_port(void **state)
{
	tg_device one = device("serial", "");
	tg_device_facts facts = good;

	(void)state;
	facts.console = true;
	tg_device_explain(&one, &facts);
	assert_string_equal(tg_device_state_name(one.state), "in-use");
	assert_non_null(strstr(one.why, "console=ttyUSB0"));
}

static void modem_manager_is_kept_off_scanners(void **state)
{
	tg_device one = device("serial", "");
	tg_device_facts facts = good;

	(void)state;
	facts.kernel = "";
	facts.modem_manager = true;
	tg_device_explain(&one, &facts);
	assert_int_equal(one.state, TG_DEVICE_FREE);
	assert_non_null(strstr(one.why, "ModemManager runs"));
	assert_non_null(strstr(one.fix[0], "KERNEL==\"ttyUSB0\", ENV{ID_MM_PORT_IGNORE}=\"1\""));
	assert_string_equal(one.fix[one.fix_count - 1], "systemctl restart ModemManager");
	facts.udev.no_modem = true;
	tg_device_explain(&one, &facts);
	assert_string_equal(one.why, "");
	assert_int_equal(one.fix_count, 0);
	/* it has it already */
	facts.udev.no_modem = false;
	strcpy(one.holder.name, "ModemManager");
	one.holder.pid = 5;
	tg_device_explain(&one, &facts);
	assert_int_equal(one.state, TG_DEVICE_IN_USE);
	assert_non_null(strstr(one.fix[0], "ID_MM_PORT_IGNORE"));
}

/* A wedge that the desktop was not told to ignore types past the gate while that is not there. */
static void a_wedge_at_the_desktop_gets_its_rule(void **state)
{
	tg_device one = device("wedge", "");
	tg_device_facts facts = good;

	(void)state;
	tg_device_explain(&one, &facts); /* nothing is known of udev: nothing to say of it */
	assert_int_equal(one.state, TG_DEVICE_DESKTOP);
	assert_int_equal(one.fix_count, 0);
	facts.udev.known = true;
	tg_device_explain(&one, &facts);
	assert_string_equal(one.fix[0], RULE "KERNEL==\"1-1.4\", ENV{TILLGATE}=\"wedge\"" LOCAL);
	strcpy(facts.udev.tillgate, "wedge");
	tg_device_explain(&one, &facts);
	assert_int_equal(one.fix_count, 0);
}

static void a_kept_wedge_is_given_back_by_a_name_that_a_shell_takes_as_one_word(void **state)
{
	static const struct {
		const char *name, *argument;
	} cases[] = {
		{ "usb-1a86:e026-S1", "--release usb-1a86:e026-S1 --who" },
		{ "usb-1a86:e026-S1;reboot", "--release /dev/bus/usb/001/004 --who" },
		{ "usb-1a86:e026-S 1", "--release /dev/bus/usb/001/004 --who" },
		{ "usb-1a86:e026-$(id)", "--release /dev/bus/usb/001/004 --who" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_device one = device("wedge", "");
		tg_device_facts facts = good;

		facts.kernel = "";
		strcpy(one.name, cases[i].name);
		tg_device_explain(&one, &facts);
		assert_string_equal(tg_device_state_name(one.state), "unbound");
		if (one.fix_count < 2 || strstr(one.fix[1], cases[i].argument) == NULL)
			fail_msg("%s: %s", cases[i].name, one.fix[1]);
	}
}

static void udevs_notes_are_read_and_nothing_else_in_them_counts(void **state)
{
	static const struct {
		const char *note, *tillgate;
		bool no_modem;
	} cases[] = {
		{ "I:123\nE:ID_VENDOR=x\nE:TILLGATE=wedge\n", "wedge", false },
		{ "E:TILLGATE=scanner\nE:ID_MM_DEVICE_IGNORE=1", "scanner", true },
		{ "E:ID_MM_PORT_IGNORE=1\n", "", true },
		{ "E:ID_MM_PORT_IGNORE=0\nE:XTILLGATE=wedge\nS:E:TILLGATE=wedge\n", "", false },
		{ "E:TILLGATE=anything-else-that-is-long\nE:TILLGATE=no\n", "", false },
		{ "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_udev_facts facts;

		tg_udev_facts_parse(&facts, cases[i].note, strlen(cases[i].note));
		assert_true(facts.known);
		assert_string_equal(facts.tillgate, cases[i].tillgate);
		assert_int_equal(facts.no_modem, cases[i].no_modem);
	}
}

/* A child that opens this device, with a lock on it or without; it lives until it is killed. */
static pid_t open_in_child(const char *node, bool lock)
{
	int ready[2], fd;
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		fd = open(node, O_RDWR | O_NOCTTY);
		byte = fd >= 0 && (!lock || flock(fd, LOCK_EX | LOCK_NB) == 0);
		(void)!write(ready[1], &byte, 1);
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* By its number, with its name, and not when it is we who have it. A device that no daemon of this machine has open. */
static void who_has_a_device_open_is_found_in_proc(void **state)
{
	int own = open("/dev/full", O_RDWR | O_CLOEXEC);
	tg_holder holder;
	pid_t child;

	(void)state;
	assert_true(own >= 0);
	child = open_in_child("/dev/full", false);
	assert_true(tg_holder_find(&holder, "/dev/full"));
	assert_int_equal(holder.pid, child);
	assert_string_equal(holder.name, "test_device_wor");
	end(child);
	assert_false(tg_holder_find(&holder, "/dev/full"));
	assert_false(tg_holder_find(&holder, "/dev/null/none"));
	close(own);
	assert_true(tg_holder_runs("test_device_words"));
	assert_false(tg_holder_runs("no-such-program"));
}

/* Anybody may open a pseudo-terminal; it is whose lock is on it. */
static void whose_a_pseudo_terminal_is_its_lock_says(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), own;
	tg_holder holder;
	char node[64];
	pid_t child;

	(void)state;
	assert_int_equal(grantpt(master) | unlockpt(master) | ptsname_r(master, node, sizeof(node)), 0);
	own = open(node, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(own >= 0);
	child = open_in_child(node, false);
	assert_false(tg_holder_find(&holder, node));
	end(child);
	child = open_in_child(node, true);
	assert_true(tg_holder_find(&holder, node));
	assert_int_equal(holder.pid, child);
	end(child);
	close(own);
	close(master);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_with_a_backslash_stands_in_the_configuration_as_it_is_read_there),
		cmocka_unit_test(without_rights_the_rule_for_this_very_device_is_given),
		cmocka_unit_test(a_busy_port_says_who_has_it),
		cmocka_unit_test(an_interface_that_a_program_has_is_busy_whoever_it_is),
		cmocka_unit_test(the_kernels_console_is_no_scanners_port),
		cmocka_unit_test(modem_manager_is_kept_off_scanners),
		cmocka_unit_test(a_wedge_at_the_desktop_gets_its_rule),
		cmocka_unit_test(a_kept_wedge_is_given_back_by_a_name_that_a_shell_takes_as_one_word),
		cmocka_unit_test(udevs_notes_are_read_and_nothing_else_in_them_counts),
		cmocka_unit_test(whose_a_pseudo_terminal_is_its_lock_says),
		cmocka_unit_test(who_has_a_device_open_is_found_in_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
