// Dumps cut into statements, wherever the stream is cut, and the rows in them.
import { expect, test } from 'vitest';
import { DumpFacts, rowsOfInsert } from './dump-facts.ts';
import { checkStatement } from './replay.ts';
import { Statements } from './statements.ts';

const DUMP = `/*M!999999\\- enable the sandbox mode */
/*!40101 SET NAMES utf8mb4 */;
-- it's a comment; with a semicolon
# and another's
/* a block; with 'one quote */
CREATE TABLE \`t;1\` (\`a\` int COMMENT 'it''s; \\'x');
INSERT INTO \`t;1\` VALUES
(1,'it\\'s; -- x /* y'),
(2,'a)(b','''',NULL,0x00FF);
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`root\`@\`localhost\`*/ /*!50003 TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN
  SET NEW.a = 'x;;y'; -- don't; stop
END */;;
DELIMITER ;
SELECT "a;""b", '\\\\';
SET x = 1`;

const all = (size: number): string[] => {
  const reader = new Statements();
  const found: string[] = [];
  for (let at = 0; at < DUMP.length; at += size) found.push(...reader.push(DUMP.slice(at, at + size)));
  return [...found, ...reader.end()];
};

test('statements end at their delimiter and nowhere in a quote or a comment', () => {
  const found = all(DUMP.length);
  expect(found.map((statement) => statement.slice(0, 12))).toEqual([
    '/*M!999999\\-',
    'CREATE TABLE',
    'INSERT INTO ',
    '/*!50003 CRE',
    'SELECT "a;""',
    'SET x = 1',
  ]);
  expect(found[3]).toContain("'x;;y'; -- don't; stop\nEND */");
});

test('where the stream is cut makes no difference', () => {
  const whole = all(DUMP.length);
  for (let size = 1; size < 60; size += 1) expect(all(size), `pieces of ${size}`).toEqual(whole);
});

test('rows of an INSERT are found one by one', () => {
  const rows = [...rowsOfInsert("INSERT INTO `VALUES` (`a`,`(b`) VALUES\n(1,'x)(\\'y'),(2,'''),('),(3,now(3));")];
  expect(rows).toEqual(["(1,'x)(\\'y')", "(2,'''),(')", '(3,now(3))']);
});

const factsOf = (dump: string) => {
  const facts = new DumpFacts();
  facts.resume();
  facts.end(dump);
  return new Promise<ReturnType<DumpFacts['tables']>>((resolve) => facts.once('end', () => resolve(facts.tables())));
};

test('facts do not depend on the order of rows or on how they are grouped, and see each change', async () => {
  const one = await factsOf(
    "CREATE TABLE `e` (a int);CREATE TABLE `t` (a int);INSERT INTO `t` VALUES (1,'a'),(2,'b'),(2,'b');",
  );
  const other = await factsOf(
    "CREATE TABLE `t` (a int);INSERT INTO `t` VALUES (2,'b');INSERT INTO `t` VALUES (2,'b'),(1,'a');CREATE TABLE `e` (a int);",
  );
  expect(one).toMatchObject([
    { name: 'e', rows: 0 },
    { name: 't', rows: 3 },
  ]);
  expect(other).toEqual(one);
  const changed = await factsOf("CREATE TABLE `t` (a int);INSERT INTO `t` VALUES (2,'b'),(2,'c'),(1,'a');");
  expect(changed[0]?.checksum).not.toBe(one[1]?.checksum);
});

test.each([
  'USE `live`',
  'DROP DATABASE live',
  'CREATE DATABASE x',
  'CREATE USER evil',
  'GRANT ALL ON *.* TO evil',
  'DELETE FROM t',
  'INSERT INTO `live`.`users` VALUES (1)',
  'INSERT INTO live.users VALUES (1)',
  'DROP TABLE IF EXISTS `live`.`users`',
  '/*!50000 DROP DATABASE live */',
  'SET GLOBAL general_log = 1',
  'SET @a = 1, @@GLOBAL.x = 2',
  "SELECT 1 INTO OUTFILE '/tmp/x'",
  "LOAD DATA INFILE '/etc/passwd' INTO TABLE t",
])('%s is not run', (statement) => {
  expect(() => checkStatement(statement)).toThrow(/no dump has/);
});

test.each([
  '/*M!999999\\- enable the sandbox mode */ \n/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */',
  'INSERT INTO `t` VALUES (1)',
  '/*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */\n/*!50001 VIEW `v1` AS select 1 */',
  'DO SETVAL(`s1`, 1, 0)',
  'CREATE DEFINER=`root`@`localhost` PROCEDURE `p1`()\nbegin end',
])('%s is run', (statement) => {
  expect(() => checkStatement(statement)).not.toThrow();
});
