//! One source file and its mutants, as one source file in which each can be switched on.
//!
//! `a == b` becomes `(if on(7) { a != b } else { a == b })`, with the whole of the expression around an operator in each branch,
//! so that an operator that binds otherwise does so here too. Only one mutant is on at a time, so what stands in a mutant's
//! branch is the source as it was.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Context as _;
use syn::spanned::Spanned as _;
use syn::visit;
use syn::visit::Visit;

use crate::mutant::Genre;
use crate::mutant::Mutant;
use crate::mutant::Point;

/// The woven text, and which of the mutants (by their numbers) could not be woven in.
pub(crate) fn weave(
    source: &str,
    mutants: &[(usize, &Mutant)],
) -> anyhow::Result<(String, Vec<usize>)> {
    let file = syn::parse_file(source).context("cannot parse")?;
    let mut lines = vec![0];
    lines.extend(source.match_indices('\n').map(|(at, _)| at + 1));
    let offset = |at: Point| {
        let start = lines[at.line - 1];
        let within = source[start..].char_indices().nth(at.column - 1);
        within.map_or(source.len(), |(byte, _)| start + byte)
    };
    let mut finder = Finder {
        source,
        wanted: mutants
            .iter()
            .map(|(number, m)| (*number, *m, offset(m.span.start)..offset(m.span.end)))
            .collect(),
        chain: None,
        constant: false,
        open_ended: false,
        places: BTreeMap::new(),
    };
    finder.visit_file(&file);
    let left = finder.wanted.iter().map(|(number, _, _)| *number).collect();
    let places: Vec<Place> = finder.places.into_values().collect();
    Ok((render(source, 0..source.len(), &places), left))
}

/// Where mutants are switched.
#[derive(Debug)]
struct Place {
    at: Range<usize>,
    kind: Kind,
    /// The mutant, and the whole text of this place with it.
    variants: Vec<(usize, String)>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// An expression or a guard.
    Value,
    /// Before the first statement of a function.
    Body,
    /// After the pattern of an arm that has no guard.
    Arm,
    /// The guard of an arm that can go.
    GuardedArm,
}

struct Finder<'a> {
    source: &'a str,
    /// Not yet found.
    wanted: Vec<(usize, &'a Mutant, Range<usize>)>,
    /// The outermost of the binary expressions of which this is an operand.
    chain: Option<Range<usize>>,
    /// In what is evaluated by the compiler, where nothing can be switched.
    constant: bool,
    /// In a match that an arm less leaves whole.
    open_ended: bool,
    /// By where they start, the outer before the inner.
    places: BTreeMap<(usize, bool, Reverse<usize>, bool), Place>,
}

impl Finder<'_> {
    fn take(&mut self, genre: Genre, start: usize, place: &Range<usize>, kind: Kind) {
        if self.constant {
            return;
        }
        let found =
            |(_, m, at): &(usize, &Mutant, Range<usize>)| m.genre == genre && at.start == start;
        let (taken, left) = std::mem::take(&mut self.wanted)
            .into_iter()
            .partition(found);
        self.wanted = left;
        for (number, mutant, at) in taken {
            let text = match kind {
                Kind::Value => format!(
                    "{}{} {}",
                    &self.source[place.start..at.start],
                    mutant.replacement,
                    &self.source[at.end..place.end],
                ),
                Kind::Body | Kind::Arm | Kind::GuardedArm => mutant.replacement.clone(),
            };
            let value = matches!(kind, Kind::Value);
            let key = (place.start, !place.is_empty(), Reverse(place.end), value);
            self.places
                .entry(key)
                .or_insert_with(|| Place {
                    at: place.clone(),
                    kind,
                    variants: Vec::new(),
                })
                .variants
                .push((number, text));
        }
    }

    fn body(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let before = std::mem::replace(&mut self.constant, signature.constness.is_some());
        // Two types cannot be given back for one `impl Trait`.
        let hidden = matches!(&signature.output, syn::ReturnType::Type(_, given) if matches!(**given, syn::Type::ImplTrait(_)));
        if let Some(first) = block.stmts.first().filter(|_| !hidden) {
            let start = first.span().byte_range().start;
            self.take(Genre::FnValue, start, &(start..start), Kind::Body);
        }
        visit::visit_block(self, block);
        self.constant = before;
    }

    /// An operand stands in the chain of its operator if it is itself an operator.
    fn operand(&mut self, operand: &syn::Expr, chain: Option<&Range<usize>>) {
        self.chain = match operand {
            syn::Expr::Binary(_) | syn::Expr::Unary(_) => chain.cloned(),
            _ => None,
        };
        self.visit_expr(operand);
        self.chain = None;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        self.body(&f.sig, &f.block);
    }

    fn visit_impl_item_fn(&mut self, f: &'ast syn::ImplItemFn) {
        self.body(&f.sig, &f.block);
    }

    fn visit_trait_item_fn(&mut self, f: &'ast syn::TraitItemFn) {
        if let Some(block) = &f.default {
            self.body(&f.sig, block);
        }
    }

    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}

    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}

    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !tests_only(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_expr(&mut self, expr: &'ast syn::Expr) {
        if !matches!(expr, syn::Expr::Binary(_) | syn::Expr::Unary(_)) {
            self.chain = None;
        }
        visit::visit_expr(self, expr);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let chain = self.chain.take();
        if has_let(&binary.left) || has_let(&binary.right) {
            self.operand(&binary.left, None);
            self.operand(&binary.right, None);
            return;
        }
        let place = chain.unwrap_or_else(|| binary.span().byte_range());
        self.take(
            Genre::BinaryOperator,
            binary.op.span().byte_range().start,
            &place,
            Kind::Value,
        );
        self.operand(&binary.left, Some(&place));
        self.operand(&binary.right, Some(&place));
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        let chain = self.chain.take();
        let place = chain.unwrap_or_else(|| unary.span().byte_range());
        self.take(
            Genre::UnaryOperator,
            unary.op.span().byte_range().start,
            &place,
            Kind::Value,
        );
        self.operand(&unary.expr, Some(&place));
    }

    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        let place = made.span().byte_range();
        for field in &made.fields {
            self.take(
                Genre::StructField,
                field.span().byte_range().start,
                &place,
                Kind::Value,
            );
        }
        visit::visit_expr_struct(self, made);
    }

    fn visit_expr_match(&mut self, chosen: &'ast syn::ExprMatch) {
        let open_ended = |arm: &syn::Arm| {
            arm.guard.is_none() && matches!(arm.pat, syn::Pat::Wild(_) | syn::Pat::Ident(_))
        };
        self.visit_expr(&chosen.expr);
        let before = std::mem::replace(&mut self.open_ended, chosen.arms.iter().any(open_ended));
        for arm in &chosen.arms {
            self.visit_arm(arm);
        }
        self.open_ended = before;
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let start = arm.span().byte_range().start;
        let open_ended = self.open_ended;
        if let Some((_, guard)) = &arm.guard {
            let place = guard.span().byte_range();
            self.take(Genre::MatchArmGuard, place.start, &place, Kind::Value);
            if open_ended {
                self.take(Genre::MatchArm, start, &place, Kind::GuardedArm);
            }
        } else if open_ended {
            let after = arm.pat.span().byte_range().end;
            self.take(Genre::MatchArm, start, &(after..after), Kind::Arm);
        }
        visit::visit_arm(self, arm);
    }
}

fn has_let(expr: &syn::Expr) -> bool {
    match expr {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(b) => has_let(&b.left) || has_let(&b.right),
        _ => false,
    }
}

fn tests_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| {
        let text = |list: &syn::MetaList| list.tokens.to_string();
        a.path().is_ident("cfg") && a.meta.require_list().is_ok_and(|list| text(list) == "test")
    })
}

/// The source of this range, with its places switched.
fn render(source: &str, range: Range<usize>, places: &[Place]) -> String {
    let mut text = String::new();
    let mut at = range.start;
    let mut rest = places;
    while let Some((place, after)) = rest.split_first() {
        text.push_str(&source[at..place.at.start]);
        let inner = after
            .iter()
            .take_while(|p| p.at.start < place.at.end || p.at == place.at)
            .count();
        let (inside, later) = after.split_at(inner);
        let as_it_was = render(source, place.at.clone(), inside);
        text.push_str(&switched(place, &as_it_was));
        at = place.at.end;
        rest = later;
    }
    text.push_str(&source[at..range.end]);
    text
}

fn switched(place: &Place, as_it_was: &str) -> String {
    let any = |sign: &str, join: &str| {
        let each: Vec<String> = place
            .variants
            .iter()
            .map(|(n, _)| format!("{}{sign}crate::mutant::on({n}){}", open(*n), close(*n)))
            .collect();
        each.join(join)
    };
    match place.kind {
        Kind::Value => {
            let mut text = "(".to_owned();
            for (number, variant) in &place.variants {
                text += &format!(
                    "if crate::mutant::on({number}) {{ {}{variant}\n{} }} else ",
                    open(*number),
                    close(*number)
                );
            }
            text + "{ " + as_it_was + "\n })"
        }
        Kind::Body => {
            let mut text = String::new();
            for (number, variant) in &place.variants {
                text += &format!(
                    "if crate::mutant::on({number}) {{ {}return {variant};{} }} ",
                    open(*number),
                    close(*number)
                );
            }
            text + as_it_was
        }
        Kind::Arm => format!(" if {}", any("!", " && ")),
        Kind::GuardedArm => format!("({} && ({as_it_was}\n))", any("!", " && ")),
    }
}

/// What stands around the text of a mutant, by which the compiler's errors are told apart.
pub(crate) fn open(number: usize) -> String {
    format!("/*M{number}<*/")
}

pub(crate) fn close(number: usize) -> String {
    format!("/*>M{number}*/")
}
