"""Above every form with errors stands a list of the fields concerned, each a link to its place."""

from django import forms
from django.template.loader import render_to_string
from django.test import SimpleTestCase


class Sample(forms.Form):
    words = forms.CharField(label="Words")
    choice = forms.ChoiceField(label="Choice", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


class FormErrorsTests(SimpleTestCase):
    def test_names_every_field_and_leads_to_it_a_group_of_radio_buttons_too(self):
        form = Sample({})
        page = render_to_string("_form_errors.html", {"form": form}) + str(form)
        for field, label in (("id_words", "Words"), ("id_choice", "Choice")):
            self.assertInHTML(f'<a href="#{field}">{label}</a>', page)
            self.assertIn(f' id="{field}"', page)
