import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { globSync } from "tinyglobby";
import ts from "typescript";

import { COUNTERS, INSTRUMENTATION, type Instrumentation } from "./coverage.js";

/**
 * Compiles the library, and what its fuzz targets need besides, to JavaScript: each branch of the
 * library counts how often it is taken. V8's own coverage is no substitute: to ask for it takes
 * longer than most inputs do.
 */
export function instrument(root: string, output: string): void {
  rmSync(output, { recursive: true, force: true });
  const words = new Set<string>();
  let counters = 0;
  const files = globSync(
    ["index.ts", "lib/**/*.ts", "__test__/support/*.ts", "fuzz/node/**/*.ts"],
    {
      cwd: root,
    },
  );
  for (const file of files.sort()) {
    const isLibrary = file.startsWith("lib/");
    const { outputText } = ts.transpileModule(readFileSync(join(root, file), "utf8"), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        inlineSourceMap: true,
      },
      fileName: file,
      transformers: { before: isLibrary ? [counting(() => counters++, words)] : [] },
    });
    const path = join(output, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(path), { recursive: true });
    const head = isLibrary ? `const ${COUNTERS} = globalThis.${COUNTERS};` : "";
    writeFileSync(path, head + outputText);
  }
  const found: Instrumentation = { counters, words: [...words] };
  writeFileSync(join(output, INSTRUMENTATION), JSON.stringify(found));
}

/** Puts a counter into every branch. */
function counting(next: () => number, words: Set<string>): ts.TransformerFactory<ts.SourceFile> {
  return (context) => {
    const { factory } = context;
    const count = (): ts.Expression => {
      const index = factory.createNumericLiteral(next());
      const counters = factory.createIdentifier(COUNTERS);
      const counter = factory.createElementAccessExpression(counters, index);
      return factory.createPostfixIncrement(counter);
    };
    const statement = (): ts.Statement => factory.createExpressionStatement(count());
    const counted = (expression: ts.Expression): ts.Expression =>
      factory.createParenthesizedExpression(factory.createComma(count(), expression));
    const block = (branch: ts.Statement): ts.Statement =>
      ts.isBlock(branch) ? branch : factory.createBlock([statement(), branch]);

    const visit = (node: ts.Node): ts.Node => {
      if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
        return node;
      }
      if (ts.isStringLiteral(node) || ts.isNumericLiteral(node) || ts.isBigIntLiteral(node)) {
        words.add(node.text);
      }
      const inner = ts.visitEachChild(node, visit, context);
      if (ts.isBlock(inner)) {
        return factory.updateBlock(inner, [statement(), ...inner.statements]);
      }
      if (ts.isIfStatement(inner)) {
        const otherwise = inner.elseStatement ?? factory.createBlock([statement()]);
        return factory.updateIfStatement(
          inner,
          inner.expression,
          block(inner.thenStatement),
          block(otherwise),
        );
      }
      if (ts.isCaseClause(inner)) {
        return factory.updateCaseClause(inner, inner.expression, [
          statement(),
          ...inner.statements,
        ]);
      }
      if (ts.isDefaultClause(inner)) {
        return factory.updateDefaultClause(inner, [statement(), ...inner.statements]);
      }
      if (ts.isArrowFunction(inner) && !ts.isBlock(inner.body)) {
        return factory.updateArrowFunction(
          inner,
          inner.modifiers,
          inner.typeParameters,
          inner.parameters,
          inner.type,
          inner.equalsGreaterThanToken,
          counted(inner.body),
        );
      }
      if (ts.isConditionalExpression(inner)) {
        return factory.updateConditionalExpression(
          inner,
          inner.condition,
          inner.questionToken,
          counted(inner.whenTrue),
          inner.colonToken,
          counted(inner.whenFalse),
        );
      }
      if (ts.isBinaryExpression(inner) && isShortCircuit(inner.operatorToken.kind)) {
        return factory.updateBinaryExpression(
          inner,
          inner.left,
          inner.operatorToken,
          counted(inner.right),
        );
      }
      return inner;
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };
}

function isShortCircuit(operator: ts.SyntaxKind): boolean {
  return (
    operator === ts.SyntaxKind.AmpersandAmpersandToken ||
    operator === ts.SyntaxKind.BarBarToken ||
    operator === ts.SyntaxKind.QuestionQuestionToken
  );
}
