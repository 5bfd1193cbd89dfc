-- The seven kinds of annotation. A comment and a text have words; ink, and only ink, has strokes: an array of strokes,
-- each an array of points {"x", "y"} in fractions of the upright page. The box of ink is that of its points.

alter table annotation
  add column strokes jsonb,
  drop constraint annotation_kind_check,
  -- The words of a comment, and of nothing else.
  drop constraint annotation_check2,
  add constraint annotation_kind_check
    check (kind in ('comment', 'highlight', 'ink', 'tick', 'cross', 'box', 'text')),
  add constraint annotation_words_check check ((kind in ('comment', 'text')) = (text is not null)),
  add constraint annotation_ink_check check ((kind = 'ink') = (strokes is not null)),
  add constraint annotation_strokes_check
    check (case jsonb_typeof(strokes) when 'array' then jsonb_array_length(strokes) between 1 and 200
                                      else strokes is null end);
