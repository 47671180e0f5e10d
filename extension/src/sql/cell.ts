import { defineLanguageFacet, Language, language, languageDataProp } from '@codemirror/language';
import { Compartment, EditorState, Extension, Prec, StateEffect, Text } from '@codemirror/state';
import { ViewPlugin } from '@codemirror/view';
import {
  Input,
  NodeSet,
  NodeType,
  parseMixed,
  Parser,
  ParseWrapper,
  PartialParse,
  Tree,
  TreeFragment
} from '@lezer/common';
import { styleTags, tags } from '@lezer/highlight';

import { spark } from './dialect';

const MAGIC = /^\s*%%(?:sql|stream)(?![\w.-])[^\n]*/;
const HEAD_LENGTH = 2000;
const WORD = /(%%\w+)|(--?[A-Za-z][\w-]*)|("[^"]*"?|'[^']*'?)|([^\s=]+)/g;

const data = defineLanguageFacet({ commentTokens: { line: '--', block: { open: '/*', close: '*/' } } });
const [cell, head, sql, magic, option, quoted, word] = 'Cell Head Sql Magic Option Quoted Word'
  .split(' ')
  .map((name, id) => NodeType.define({ id, name, top: id === 0 }));
const types = new NodeSet([cell, head, sql, magic, option, quoted, word]).extend(
  styleTags({ Magic: tags.meta, Option: tags.attributeName, Quoted: tags.string, Word: tags.variableName }),
  languageDataProp.add(type => (type.isTop ? data : undefined))
).types;

/** The first line of a cell that is one of our SQL magics, "" for any other cell. */
function headOf(cellText: string): string {
  return MAGIC.exec(cellText)?.[0] ?? '';
}

/** Divides a cell into the magic's line and the SQL below it. */
class Division implements PartialParse {
  constructor(
    private readonly input: Input,
    private readonly to: number
  ) {}

  readonly parsedPos = 0;
  stoppedAt: number | null = null;

  advance(): Tree {
    const line = headOf(this.input.read(0, Math.min(this.to, HEAD_LENGTH)));
    const rest = this.to - line.length;
    const parts = rest > 0 ? [headTree(line), leaf(sql, rest)] : [headTree(line)];
    return new Tree(types[cell.id], parts, [0, line.length].slice(0, parts.length), this.to);
  }

  stopAt(position: number): void {
    this.stoppedAt = position;
  }
}

class CellParser extends Parser {
  createParse(
    input: Input,
    fragments: readonly TreeFragment[],
    ranges: readonly { from: number; to: number }[]
  ): PartialParse {
    const division = new Division(input, ranges[ranges.length - 1].to);
    return below(division, input, fragments, ranges);
  }
}

const below: ParseWrapper = parseMixed(node =>
  node.type.id === sql.id && node.name === 'Sql' ? { parser: spark.language.parser } : null
);

function leaf(type: NodeType, length: number): Tree {
  return new Tree(types[type.id], [], [], length);
}

function headTree(line: string): Tree {
  const found = [...line.matchAll(WORD)];
  const kinds = found.map(match => [magic, option, quoted, word][match.slice(1).findIndex(Boolean)]);
  return new Tree(
    types[head.id],
    found.map((match, index) => leaf(kinds[index], match[0].length)),
    found.map(match => match.index),
    line.length
  );
}

const sqlCell = new Language(data, new CellParser(), [], 'spark-sql-cell');

const place = new Compartment();

/**
 * Reads a cell that begins with `%%sql` or `%%stream` as SQL below that line, for as long as it begins so. Every other
 * cell keeps its own language, and an editor without one stays without.
 */
export const sqlInCells: Extension = [
  place.of([]),
  EditorState.transactionExtender.of(change =>
    change.docChanged && isSql(change.newDoc) !== isSql(change.startState.doc)
      ? { effects: reading(change.newDoc) }
      : null
  ),
  // The text an editor begins with is in no change; a view may not be changed while it is made.
  ViewPlugin.define(view => {
    const timer = isSql(view.state.doc)
      ? window.setTimeout(() => view.dispatch({ effects: reading(view.state.doc) }))
      : undefined;
    return { destroy: () => window.clearTimeout(timer) };
  })
];

function isSql(doc: Text): boolean {
  return headOf(doc.sliceString(0, HEAD_LENGTH)) !== '';
}

function reading(doc: Text): StateEffect<unknown> {
  return place.reconfigure(isSql(doc) ? Prec.highest(language.of(sqlCell)) : []);
}
